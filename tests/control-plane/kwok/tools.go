//go:build tools

// Package kwok names the program whose module go.mod pins; it is never compiled.
package kwok

import (
	_ "sigs.k8s.io/kwok/cmd/kwok"
)
