//go:build race

package campaign_test

// most is how many of the data's rows the five days are played with: the race detector makes each of them ten times as slow.
const most = 1000
