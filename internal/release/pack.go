package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"path"
	"path/filepath"
	"time"
)

// file is one that is packed.
type file struct {
	name string // with slashes
	data []byte
	mode os.FileMode
}

// pack writes the download: a folder of the files, in the form that the system unpacks by itself.
func (t target) pack(out string, files []file, date time.Time) error {
	folder := "madang-" + t.String()
	archive, write := folder+".tar.gz", tarball
	if t.os == "windows" {
		archive, write = folder+".zip", zipped
	}
	below := make([]file, len(files))
	for i, f := range files {
		f.name = path.Join(folder, f.name)
		below[i] = f
	}
	data, err := write(below, date)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, archive), data, 0o644)
}

// tarball is a tar.gz that says nothing of who made it, and when.
func tarball(files []file, date time.Time) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	w := tar.NewWriter(z)
	for _, f := range files {
		h := &tar.Header{Name: f.name, Mode: int64(f.mode.Perm()), ModTime: date, Uname: "root", Gname: "root"}
		if f.mode.IsDir() {
			h.Typeflag, h.Name = tar.TypeDir, f.name+"/"
		} else {
			h.Typeflag, h.Size = tar.TypeReg, int64(len(f.data))
		}
		if err := w.WriteHeader(h); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.data); err != nil {
			return nil, err
		}
	}
	err = errors.Join(w.Close(), z.Close())
	return b.Bytes(), err
}

func zipped(files []file, date time.Time) ([]byte, error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		h := &zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: date}
		h.SetMode(f.mode)
		part, err := w.CreateHeader(h)
		if err == nil {
			_, err = part.Write(f.data)
		}
		if err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return b.Bytes(), err
}
