package code_test

import (
	"testing"

	"github.com/settle-chat/settle/identity/code"
)

// A code is read as phones show it and people type it; anything that might be another number is none.
func TestRead(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		text, digits, rest string
		found              bool
	}{
		{"123456", "123456", "", true},
		{" 012345 ", "012345", "", true},
		{"123 456", "123456", "", true},
		{"123-456", "123456", "", true},
		{"１２３４５６", "123456", "", true},
		{"14 march 123456", "123456", "14 march", true},
		{"123456 14 march", "123456", "14 march", true},
		{"my code is 123456", "123456", "my code is", true},
		{"12345", "", "12345", false},
		{"1234567", "", "1234567", false},
		{"123456 654321", "", "123456 654321", false}, // two are none
		{"0821234567", "", "0821234567", false},
		{"hello", "", "hello", false},
		{"", "", "", false},
	} {
		digits, rest, found := code.Read(tc.text)
		if digits != tc.digits || rest != tc.rest || found != tc.found {
			t.Errorf("Read(%q) = %q, %q, %t, want %q, %q, %t", tc.text, digits, rest, found, tc.digits, tc.rest, tc.found)
		}
	}
}
