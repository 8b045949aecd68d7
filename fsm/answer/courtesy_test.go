package answer

import "testing"

func TestCourtesy(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"thanks": true, "Thank you!": true, "ok thanks": true, "OK.": true, "dankie": true, "Ok, dankie": true, "thx": true,
		"": false, "thanks?": false, "thanks for nothing": false, "ok pay": false, "1": false, "thank": false, "hello": false,
	} {
		if got := Courtesy(text); got != want {
			t.Errorf("Courtesy(%q) = %v, want %v", text, got, want)
		}
	}
}
