package config

// Secret is a value that can't be printed by accident: not by fmt, a log, JSON or YAML.
type Secret string

// Reveal is the value itself. Say where it goes.
func (s Secret) Reveal() string { return string(s) }

func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "[secret]"
}

// GoString hides it from %#v.
func (s Secret) GoString() string { return s.String() }

// MarshalText hides it from encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
