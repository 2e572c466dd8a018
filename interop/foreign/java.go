package main

import (
	"os"
	"os/exec"
	"path/filepath"
)

// java takes the library and what it needs from Maven once for each version, and compiles the
// programs every time.
func java(version string) func(string) ([]string, error) {
	return func(folder string) ([]string, error) {
		build := folder + "/.build/java-" + version
		pom := folder + "/java/pom.xml"
		err := installed(pom, build, func() error {
			return execute(folder, "mvn", "--batch-mode", "--quiet", "--file", pom, "-Dclient.version="+version,
				"dependency:copy-dependencies", "-DoutputDirectory="+build)
		})
		if err != nil {
			return nil, err
		}
		sources, err := filepath.Glob(folder + "/java/*.java")
		if err != nil {
			return nil, err
		}
		javac, err := exec.LookPath("javac")
		if err != nil {
			return nil, err
		}
		args := append([]string{"-encoding", "UTF-8", "-d", build + "/classes", "-cp", build + "/*"}, sources...)
		if err := execute(folder, javac, args...); err != nil {
			return nil, err
		}
		path := build + "/classes" + string(os.PathListSeparator) + build + "/*"
		return []string{"java", "-Dstdout.encoding=UTF-8", "-cp", path, "Main"}, nil
	}
}
