//go:build race

package bot_test

// raced: the race detector makes everything several times slower, so the long tests do less under it.
const raced = true
