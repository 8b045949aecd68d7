// Package config reads settle.yaml: one struct, its defaults in one function, and everything wrong with a file said at once,
// each with its line and column.
//
// It promises: an unknown key is an error that names the nearest known one, never ignored; references such as ${env:NAME}
// and ${file:PATH} are resolved on single values after parsing, so that nothing in them can become YAML; no error quotes a
// value that came from a reference, and no Secret prints. What protects customers can be made stricter, never weaker, and
// what this release can't honour is refused rather than ignored.
//
// It knows no plug-in: channels and systems keep their own part of the file, which they decode as strictly with
// Section.Decode.
package config
