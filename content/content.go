// Package content holds the shipped packs: workflows, fragments and message texts, laid out as a project of a user's own.
//
// It promises that every workflow in it loads and passes settle check with the declarations in its settle.yaml, and that
// no text in it tells who reads along what it is about before the customer is known. Every language says the same.
package content

import "embed"

// FS is the tree: settle.yaml, workflows/ (each with its transcript), fragments/, messages/, campaigns/.
//
//go:embed settle.yaml workflows fragments messages campaigns
var FS embed.FS
