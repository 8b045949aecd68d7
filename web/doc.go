// Package web is what providers, the bank's own programs and operators reach over HTTP: webhooks, the API under /v1, and on a
// second listener metrics, health and profiles.
//
// It promises: a 2xx means that what was sent is durable. A forged webhook gets 403 with an empty body, and one that can't
// be kept 503 with an empty body, so that the provider comes again. Every other error is problem+json (RFC 9457) and names
// fields, never values. A body has a limit before it is read, JSON is read strictly, and amounts stay exact. Logs have route
// patterns, never paths, queries or bodies.
package web
