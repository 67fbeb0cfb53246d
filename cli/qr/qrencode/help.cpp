// SPDX-License-Identifier: Apache-2.0
#include "cli/qr/qrencode/help.hpp"

#include "common/core/version.hpp"

namespace tocsin::cli::qr::qrencode {
namespace {

constexpr const char* usage =
    R"(Usage: tocsin-qrencode [OPTION]... [--] [TEXT]
Makes a QR code as qrencode 4.1.1 does, from the text or else from standard input.

)";

constexpr const char* short_options =
    R"(  -o FILE      where it goes; - is standard output. PNG needs it
  -r FILE      read the text from a file
  -t TYPE      PNG (default), PNG32, EPS, SVG, XPM, or for terminals ANSI, ANSI256,
               ASCII, ASCIIi, UTF8, UTF8i, ANSIUTF8, ANSIUTF8i, ANSI256UTF8
  -s NUMBER    pixels on the side of a module (default 3)
  -m NUMBER    modules of quiet zone on each side (default 4; Micro QR: 2)
  -d NUMBER    dots an inch that PNG and SVG state (default 72)
  -l LEVEL     error correction: L (default), M, Q or H
  -v NUMBER    the least version, 1 to 40 (Micro QR: 1 to 4); 0 (default) is any
  -S           structured append: several codes NAME-01, NAME-02, ... of one
               version; needs -v and -o
  -M           a Micro QR code
  -8           one segment of bytes; -k, -c and -i have no effect
  -i           make lower-case letters capitals
  -c           keep letters as they are (default)
  -k           the text is Shift JIS: use kanji mode
  -V           show the version
  -h           show this; --help shows all options
)";

constexpr const char* all_options =
    R"(  -o, --output=FILE        where it goes; - is standard output. PNG needs it, other
                           types go to standard output without it
  -r, --read-from=FILE     read the text from a file (- is standard input), where
                           none is given
      --chomp              drop one line end at the end of the text
  -t, --type=TYPE          PNG (default), PNG32, EPS, SVG, XPM, or for terminals ANSI,
                           ANSI256, ASCII, ASCIIi, UTF8, UTF8i, ANSIUTF8, ANSIUTF8i,
                           ANSI256UTF8; upper and lower case are the same
  -s, --size=NUMBER        pixels on the side of a module (default 3)
  -m, --margin=NUMBER      modules of quiet zone on each side (default 4; Micro QR: 2)
  -d, --dpi=NUMBER         dots an inch that PNG and SVG state (default 72)
  -l, --level=LEVEL        error correction: L (default), M, Q or H
  -v, --symversion=NUMBER  the least version, 1 to 40 (Micro QR: 1 to 4); 0 (default)
                           is any
      --strict-version     fail when the text needs a higher version than that
  -S, --structured         structured append: several codes NAME-01, NAME-02, ... of
                           one version; needs -v and -o
  -M, --micro              a Micro QR code
  -8, --8bit               one segment of bytes; -k, -c and -i have no effect
  -i, --ignorecase         make lower-case letters capitals
  -c, --casesensitive      keep letters as they are (default)
  -k, --kanji              the text is Shift JIS: use kanji mode
      --foreground=RRGGBB[AA], --background=RRGGBB[AA]
                           colours of PNG, EPS, SVG and XPM
      --rle                SVG: join modules that lie side by side
      --svg-path           SVG: one path instead of rectangles
      --inline             SVG: no XML declaration, to stand inside of HTML
      --verbose            tell each file and its version on standard error
  -V, --version            show the version
  -h, --help               show the options; -h only those with a letter

Exit status: 0 done, 1 anything else.
'tocsin qr --help' makes smaller codes, more formats, and checks what it makes.
)";

}  // namespace

std::string qrencode_version() {
    return std::string("qrencode version 4.1.1 (tocsin-qrencode ") + core::version +
           ")\nThe options and the output of qrencode 4.1.1, made by Tocsin on libqrencode.\n";
}

std::string qrencode_short_help() { return std::string(usage) + short_options; }

std::string qrencode_help() { return std::string(usage) + all_options; }

}  // namespace tocsin::cli::qr::qrencode
