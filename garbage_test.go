package main

import "testing"

func TestHeapStaysWithinTheContainer(t *testing.T) {
	t.Parallel()
	for limit, want := range map[string]int64{"536870912\n": 483183819, "max\n": 0, "": 0, "0\n": 0, "-1\n": 0} {
		if most, ok := heapWithin(limit); most != want || ok != (want > 0) {
			t.Errorf("heapWithin(%q) = %d, %v; want %d", limit, most, ok, want)
		}
	}
}
