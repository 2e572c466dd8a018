package hosting

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/madang-chat/madang/internal/nodetest"
)

// The linter has nothing to say of the Dockerfile.
func TestContainerFile(t *testing.T) {
	nodetest.Need(t, nodetest.Hadolint)
	file, _ := deployed(t, "Dockerfile")
	if out, err := exec.Command("hadolint", file).CombinedOutput(); err != nil {
		t.Errorf("hadolint: %v\n%s", err, out)
	}
}

// The image is built without a daemon and run: in the root that it has, as the user that it names.
// It serves, is healthy, keeps its data where it says, for that user alone, and writes nowhere
// else; it has no temporary folder, and works on a root that is read-only.
func TestContainer(t *testing.T) {
	nodetest.Need(t, nodetest.Buildah)
	if os.Getuid() != 0 {
		t.Skip("NOT RUN: an image is built and run here by root alone")
	}
	context := t.TempDir()
	for name, from := range map[string]string{"release": release(t).dir, "deploy": filepath.Join(nodetest.Root(), "deploy")} {
		if err := os.CopyFS(filepath.Join(context, name), os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
	}
	os.Chmod(filepath.Join(context, "release/image/data"), 0o700) // as it is; CopyFS adds to modes
	os.Chmod(filepath.Join(context, "release/linux-"+runtime.GOARCH+"/madang"), 0o755)
	store := t.TempDir()
	buildah := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("buildah", append([]string{"--storage-driver=vfs", "--root=" + store + "/root", "--runroot=" + store + "/run"}, args...)...)
		cmd.Dir = context
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v: %v\n%s", cmd.Args, err, &stderr)
		}
		return strings.TrimSpace(string(out))
	}
	buildah("bud", "--isolation=chroot", "--format=docker", "-f", "deploy/Dockerfile", "-t", "madang", ".")
	container := buildah("from", "--pull-never", "madang")
	root := buildah("mount", container)
	t.Cleanup(func() { buildah("rm", container) })

	var image struct {
		Docker struct {
			Config struct {
				User, StopSignal     string
				Env, Entrypoint, Cmd []string
				Volumes              map[string]any
				ExposedPorts         map[string]any
				Healthcheck          struct{ Test []string }
			}
		}
	}
	if err := json.Unmarshal([]byte(buildah("inspect", "--type=image", "madang")), &image); err != nil {
		t.Fatal(err)
	}
	c := image.Docker.Config
	if c.User != "10001:10001" || !slices.Equal(c.Healthcheck.Test, []string{"CMD", "/madang", "healthcheck"}) ||
		c.Volumes["/data"] == nil || c.ExposedPorts["8005/tcp"] == nil || len(c.Entrypoint) == 0 {
		t.Errorf("the image says %+v", c)
	}

	inside := func(args ...string) *exec.Cmd {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Dir, cmd.Env = "/", c.Env
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: 10001, Gid: 10001}}
		return cmd
	}
	before := outside(t, root)
	port := nodetest.FreePort(t)
	p := start(t, inside(slices.Concat(c.Entrypoint, c.Cmd, []string{"--listen=" + local(port), "--metrics=off"})...))
	p.awaitPort(port)
	health := func() error { return inside(c.Healthcheck.Test[1:]...).Run() }
	p.await("health", func() bool { return health() == nil })
	visitor := newCaller(t, "http://"+local(port), "127.0.0.1", nil)
	room := visitor.openRoom("s3cret-pass")
	if a := visitor.ask("GET", "/room/"+room, nil, "Accept: text/html"); a.status != 200 {
		t.Errorf("the room: %d %.200s", a.status, a.body)
	}
	for _, args := range [][]string{{"backup", "/data/backup"}, {"verify", "/data/backup"}, {"stats"}} {
		if out, err := inside(append([]string{"/madang"}, args...)...).CombinedOutput(); err != nil {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
	}
	p.end()
	if health() == nil {
		t.Error("healthy without a server")
	}
	if after := outside(t, root); !slices.Equal(before, after) {
		t.Errorf("outside of /data there were %v and are %v", before, after)
	}
	info, err := os.Stat(filepath.Join(root, "data", "chat.db"))
	if err != nil {
		t.Fatal(err)
	}
	if owner := info.Sys().(*syscall.Stat_t).Uid; owner != 10001 || info.Mode().Perm() != 0o600 {
		t.Errorf("the database belongs to %d, with mode %v", owner, info.Mode())
	}
}

// outside lists what an image holds besides what is in its data folder.
func outside(t *testing.T, root string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		local := strings.TrimPrefix(path, root)
		all = append(all, local+" "+info.Mode().String())
		if local == "/data" {
			return fs.SkipDir
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
