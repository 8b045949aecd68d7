package bot_test

const childEnv = "SETTLE_BOT_CHILD"

func runChild() {}
