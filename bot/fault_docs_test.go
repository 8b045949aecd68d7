package bot_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	testName = regexp.MustCompile("`(Test\\w+)`")
	logLine  = regexp.MustCompile("(?m)^\\| `([^`]+)` \\|") // the first column of "First look"
)

// docs/failure.md names tests that are there, and log lines as the code writes them.
func TestFailureDocumentIsTrue(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/failure.md")
	if err != nil {
		t.Fatal(err)
	}
	tests, code := sources(t)
	names := testName.FindAllStringSubmatch(string(page), -1)
	lines := logLine.FindAllStringSubmatch(string(page), -1)
	if len(names) < 15 || len(lines) < 5 {
		t.Fatalf("%d tests and %d log lines found in the page: it isn't read as it is written", len(names), len(lines))
	}
	for _, m := range names {
		if !strings.Contains(tests, "func "+m[1]+"(t *testing.T)") {
			t.Errorf("docs/failure.md names %s, which is no test", m[1])
		}
	}
	for _, m := range lines {
		if !strings.Contains(code, `Msg("`+m[1]+`")`) {
			t.Errorf("docs/failure.md says that the log says %q; nothing writes it", m[1])
		}
	}
	for _, f := range faultTests.FindAllStringSubmatch(tests, -1) {
		if name := f[1]; !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("docs/failure.md doesn't name %s", name)
		}
	}
}

var faultTests = regexp.MustCompile(`func (Test(?:Redis|Network|Clock)\w+)\(t \*testing\.T\)`)

// sources are the tests' and the other files of the packages that the page speaks of.
func sources(t *testing.T) (tests, code string) {
	t.Helper()
	for _, dir := range []string{".", "../store", "../web"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(f, "_test.go") {
				tests += string(text)
			} else {
				code += string(text)
			}
		}
	}
	return tests, code
}
