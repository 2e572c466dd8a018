package main

// golang builds the one program there is. Its module is not in go.work: whoever works here needs
// what it requires for this alone.
func golang(folder string) ([]string, error) {
	program := folder + "/.build/go-client"
	err := execute(folder+"/go", "env", "GOWORK=off", "go", "build", "-o", program)
	return []string{program}, err
}
