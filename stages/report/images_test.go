package report

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html/template"
	"image"
	"image/color"
	"image/png"
	"regexp"
	"strings"
	"testing"
)

// encoded is a PNG in base64.
func encoded(t *testing.T, img image.Image) string {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(out.Bytes())
}

// Blocks of equal pixels become one pixel each, of the same colour; other pictures stay.
func TestSmallerImages(t *testing.T) {
	t.Parallel()
	cells := [][]color.NRGBA{{{255, 0, 0, 255}, {0, 255, 0, 255}, {0, 0, 255, 255}}, {{9, 9, 9, 255}, {0, 255, 0, 255}, {1, 2, 3, 255}}}
	blocks := image.NewNRGBA(image.Rect(0, 0, 12, 6)) // 4 x 3 pixels a cell
	for y := range 6 {
		for x := range 12 {
			blocks.SetNRGBA(x, y, cells[y/3][x/4])
		}
	}
	data, err := base64.StdEncoding.DecodeString(smaller(encoded(t, blocks)))
	if err != nil {
		t.Fatal(err)
	}
	got, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if got.Bounds() != image.Rect(0, 0, 3, 2) {
		t.Fatalf("%v", got.Bounds())
	}
	for y, row := range cells {
		for x, want := range row {
			if c := color.NRGBAModel.Convert(got.At(x, y)); c != want {
				t.Errorf("%d, %d: %v, want %v", x, y, c, want)
			}
		}
	}
	blocks.SetNRGBA(5, 5, color.NRGBA{7, 7, 7, 255})
	if text := encoded(t, blocks); smaller(text) != text {
		t.Error("a picture without blocks was made smaller")
	}
	if smaller("no PNG") != "no PNG" {
		t.Error("what is no PNG was changed")
	}
}

// An image that several drawings show is in the page once, where each of them puts it.
func TestSharedImages(t *testing.T) {
	t.Parallel()
	one, two := image.NewGray(image.Rect(0, 0, 2, 2)), image.NewGray(image.Rect(0, 0, 2, 2))
	two.SetGray(0, 0, color.Gray{200})
	tag := func(x int, img image.Image) string {
		return fmt.Sprintf(`<image style="image-rendering:pixelated" x="%d" y="-28" width="97" height="8" xlink:href="data:image/png;base64,%s" transform="scale(1, -1)" />`, x, encoded(t, img))
	}
	first := &shown{Drawing: template.HTML(tag(1, one)), Narrow: template.HTML(tag(2, one))}
	rest := []shown{{Drawing: template.HTML(tag(3, two) + tag(4, one))}}
	images := string(shareImages(first, rest))
	if n := strings.Count(images, "data:image/png"); n != 2 {
		t.Errorf("%d images, want 2", n)
	}
	all := string(first.Drawing + first.Narrow + rest[0].Drawing)
	uses := regexp.MustCompile(`<use href="#(image-\d)" transform="scale\(1, -1\) translate\((\d) -28\) scale\(97 8\)"/>`).FindAllStringSubmatch(all, -1)
	if strings.Contains(all, "data:") || len(uses) != 4 {
		t.Fatalf("drawings: %s", all)
	}
	for i, want := range []string{"image-0", "image-0", "image-1", "image-0"} {
		if uses[i][1] != want || uses[i][2] != fmt.Sprint(i+1) || !strings.Contains(images, `id="`+want+`"`) {
			t.Errorf("%v, want %s", uses[i], want)
		}
	}
}
