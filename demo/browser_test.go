package demo_test

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// axe checks a page against WCAG: axe-core 4.14.1, unchanged (its licence is beside it).
//
//go:embed testdata/axe.min.js
var axe string

// visitor is a person with a browser, one tab. Whatever the browser complains of fails the test.
type visitor struct {
	t     *testing.T
	ctx   context.Context
	url   string
	width int64
}

// patience is how long a visitor waits for a page to show something, on a machine that is busy with other tests.
const patience = 30 * time.Second

// browse opens a browser with a window of a width. Debian's Chromium is used; with CI=true it must be there.
func browse(t *testing.T, url string, width int64) *visitor {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("chromium isn't installed: make setup installs it")
		}
		t.Skip("chromium isn't installed: make setup installs it")
	}
	options := append([]chromedp.ExecAllocatorOption{chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Headless, chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir())}, chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck)
	allocated, endBrowser := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(endBrowser)
	ctx, end := chromedp.NewContext(allocated)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits for the browser to be gone
		end()
	})
	v := &visitor{t: t, ctx: ctx, url: url, width: width}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900)); err != nil { // the browser lives as long as this context
		t.Fatalf("open a browser: %v", err)
	}
	var mu sync.Mutex
	var complaints []string
	complain := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		complaints = append(complaints, fmt.Sprintf(format, args...))
	}
	err = chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			complain("exception: %s", e.ExceptionDetails.Text)
		case *runtime.EventConsoleAPICalled:
			complain("console: %s", e.Type)
		case *log.EventEntryAdded: // refusals of the content security policy are among them
			complain("log: %s %s", e.Entry.Text, e.Entry.URL)
		case *network.EventRequestWillBeSent:
			if !strings.HasPrefix(e.Request.URL, url+"/") && !strings.HasPrefix(e.Request.URL, "data:") {
				complain("a request elsewhere: %s", e.Request.URL)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		mu.Lock()
		defer mu.Unlock()
		for _, c := range complaints {
			t.Errorf("the browser says: %s", c)
		}
	})
	return v
}

func (v *visitor) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		v.picture("failed")
		v.t.Fatalf("%s: %v\nthe page says:\n%s", what, err, v.text("body"))
	}
}

// open goes to one of the demo's pages, and sees that it fits the window.
func (v *visitor) open(path string) {
	v.t.Helper()
	v.do("open "+path, chromedp.Navigate(v.url+path), chromedp.WaitVisible(chromedp.CSS("main")))
}

// sees waits until an element's text has some words.
func (v *visitor) sees(selector, words string) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	look := chromedp.PollFunction[bool](`(selector, words) => {
		const e = document.querySelector(selector);
		return e !== null && e.innerText.replace(/\s+/g, " ").includes(words);
	}`, chromedp.WithPollingArgs(selector, words), chromedp.WithPollingInterval(50*time.Millisecond), chromedp.WithPollingTimeout(patience))
	_, err := chromedp.Run(ctx, look)
	for err != nil && ctx.Err() == nil { // the page that was looked at has given way to another
		_, err = chromedp.Run(ctx, look)
	}
	if err != nil {
		v.picture("failed")
		v.t.Fatalf("%s never says %q (%v); it says:\n%s", selector, words, err, v.text(selector))
	}
}

func (v *visitor) text(selector string) string {
	text, err := chromedp.Run(v.ctx, chromedp.Evaluate[string](fmt.Sprintf(`document.querySelector(%q)?.innerText ?? "(not there)"`, selector)))
	if err != nil {
		return err.Error()
	}
	return text
}

// taps taps the last button or link that says exactly this.
func (v *visitor) taps(label string) {
	v.t.Helper()
	path := fmt.Sprintf(`(//main//*[self::button or self::a][normalize-space(.)=%q])[last()]`, label)
	v.do("tap "+label, chromedp.WaitVisible(chromedp.Search(path)), chromedp.ScrollIntoView(chromedp.Search(path)), chromedp.Click(chromedp.Search(path)))
}

// writes types a line on the telephone and sends it by the keyboard alone.
func (v *visitor) writes(text string) {
	v.t.Helper()
	v.do("write "+text, chromedp.WaitVisible(chromedp.CSS("#text")), chromedp.SendKeys(chromedp.CSS("#text"), text+"\r"))
	v.sees("#bubbles", text)
}

// tapsIn taps the first element of a selector.
func (v *visitor) tapsIn(selector string) {
	v.t.Helper()
	v.do("tap "+selector, chromedp.WaitVisible(chromedp.CSS(selector)), chromedp.Click(chromedp.CSS(selector)))
}

func sendKeys(selector, text string) chromedp.Action[chromedp.Void] {
	return chromedp.SendKeys(chromedp.CSS(selector), text)
}

// paysInFrame taps Pay on the page within the telephone, and waits for its answer.
func (v *visitor) paysInFrame() {
	v.t.Helper()
	const page = `document.querySelector("iframe").contentDocument`
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	for _, wanted := range []string{
		page + `?.querySelector("button.main") !== null && (` + page + `.querySelector("button.main").click(), true)`,
		page + `?.querySelector("[role=status]")?.innerText.includes("Paid")`,
	} {
		if _, err := chromedp.Run(ctx, chromedp.Poll[bool](wanted)); err != nil {
			v.t.Fatalf("pay on the page within the telephone: %v", err)
		}
	}
}

// inspect checks the page that is open, light and dark: it fits the window, and axe finds nothing against WCAG 2.2 A and AA. A picture of it is kept.
func (v *visitor) inspect(name string) {
	v.t.Helper()
	wide, err := chromedp.Run(v.ctx, chromedp.Evaluate[int64](`document.scrollingElement.scrollWidth`))
	if err != nil || wide > v.width {
		v.t.Errorf("%s at %d px is %d px wide (%v)", name, v.width, wide, err)
	}
	for _, scheme := range []string{"dark", "light"} {
		v.do("see the page in "+scheme, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
			})
			return err
		}))
		found, err := chromedp.Run(v.ctx, chromedp.Evaluate[string](axe+`;
			axe.run({runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}).then(r =>
				r.violations.map(v => v.id + ": " + v.help + " at " + v.nodes.map(n => n.target.join(" ")).join(", ")).join("\n"))`,
			func(p *runtime.EvaluateParams) { p.AwaitPromise = new(true) }))
		if err != nil {
			v.t.Errorf("inspect %s: %v", name, err)
		}
		if found != "" {
			v.t.Errorf("%s at %d px, %s, breaks WCAG:\n%s", name, v.width, scheme, found)
		}
		if scheme == "dark" {
			v.picture(name + "-dark")
		}
	}
	v.picture(name)
}

// picture keeps what the window shows, where SETTLE_PICTURES names a directory.
func (v *visitor) picture(name string) {
	dir := os.Getenv("SETTLE_PICTURES")
	if dir == "" {
		return
	}
	shot, err := chromedp.Run(v.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%d.png", name, v.width)), shot, 0o644)
	}
	if err != nil {
		v.t.Errorf("keep a picture of %s: %v", name, err)
	}
}
