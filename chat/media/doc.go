// Package media checks and keeps uploaded images.
//
// An image isn't decoded to be kept: 32 bytes of GIF can ask a decoder for half a gigabyte. Its
// structure is walked instead, from the first byte to the end marker, in 256 KiB of memory whatever
// its size. The walk bounds what a viewer would have to decode (sides, frames, the area of all
// frames), copies what is needed to show it, and leaves out the rest: EXIF, XMP, comments,
// thumbnails, unknown blocks, and whatever follows the end marker. Pixels and color profiles stay
// as they are. What the file is called and what type the sender claims isn't looked at.
//
// Of a moving image some two thousand points are followed, to find flashes that are dangerous to
// look at. Those of a GIF are found on the way. The frames of WebP and PNG are decoded for it
// behind the walk, within its limits and one image at a time.
//
// Of a JPEG's EXIF the orientation stays, alone: phones rely on it. The orientation of other
// formats goes, as no camera writes them.
//
// [Clean] works on any stream. [Files] keeps the result in a folder; its methods are safe for
// concurrent use.
package media
