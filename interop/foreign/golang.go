package main

// golang builds the one program there is, a module of its own.
func golang(folder string) ([]string, error) {
	program := folder + "/.build/go-client"
	err := execute(folder+"/go", "go", "build", "-o", program, ".")
	return []string{program}, err
}
