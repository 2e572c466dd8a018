package main

import "fmt"

// python has a virtual environment for each version of the library.
func python(version, kind string) func(string) ([]string, error) {
	return func(folder string) ([]string, error) {
		requirements := fmt.Sprintf("%s/python/requirements-%s.txt", folder, version)
		env := folder + "/.build/python-" + version
		err := installed(requirements, env, func() error {
			if err := execute(folder, "python3", "-m", "venv", env); err != nil {
				return err
			}
			return execute(folder, env+"/bin/pip", "install", "--quiet", "-r", requirements)
		})
		return []string{env + "/bin/python", folder + "/python/main.py", kind}, err
	}
}
