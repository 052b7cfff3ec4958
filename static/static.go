// Package static holds the files a browser loads, at addresses that change
// with their content.
package static

// URL is the address of a file by its name in this folder.
func URL(name string) string { return "/static/" + name }
