package main

// rust builds the one program there is.
func rust(folder string) ([]string, error) {
	target := folder + "/.build/rust"
	err := execute(folder+"/rust", "cargo", "build", "--locked", "--target-dir", target)
	return []string{target + "/debug/foreign"}, err
}
