//go:build !race

package campaign_test

// most is how many of the data's rows the five days are played with: all of them.
const most = 30_000
