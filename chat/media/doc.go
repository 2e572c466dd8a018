// Package media checks and keeps uploaded images.
//
// An image is never decoded: 32 bytes of GIF can ask a decoder for half a gigabyte. Its structure
// is walked instead, from the first byte to the end marker, in 256 KiB of memory whatever its size.
// The walk bounds what a viewer would have to decode (sides, frames, the area of all frames),
// copies what is needed to show it, and leaves out the rest: EXIF, XMP, comments, thumbnails,
// unknown blocks, and whatever follows the end marker. Pixels and color profiles stay as they are.
// What the file is called and what type the sender claims isn't looked at.
//
// Of a moving GIF some two thousand points are followed on the way, to find flashes that are
// dangerous to look at. Nobody looks at moving WebP and PNG: they may flash.
//
// Of a JPEG's EXIF the orientation stays, alone: phones rely on it. The orientation of other
// formats goes, as no camera writes them.
//
// [Clean] works on any stream. [Files] keeps the result in a folder; its methods are safe for
// concurrent use.
package media
