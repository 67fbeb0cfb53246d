// SPDX-License-Identifier: Apache-2.0
// The dark modules as closed outlines: viewers draw no seams inside of one, and files stay small.
// Every function here may be called from any thread.
#pragma once

#include <array>
#include <functional>
#include <span>
#include <vector>

#include "common/qr/drawing/picture.hpp"

namespace tocsin::qr::drawing {

/// The disc of a module (`Shape::dots`), in modules.
inline constexpr double dot_diameter = 0.9;
/// The radius of a corner (`Shape::round`), in modules.
inline constexpr double corner_radius = 0.5;

/// In modules from the picture's upper left corner, rightwards and downwards.
struct Point {
    double x = 0;
    double y = 0;

    friend bool operator==(const Point&, const Point&) = default;
};

/// Where an outline turns: at a corner of modules. Convex corners point to the light.
struct Corner {
    enum class Turn { convex, concave };

    int x = 0;
    int y = 0;
    Turn turn = Turn::convex;

    friend bool operator==(const Corner&, const Corner&) = default;
};

/// The outlines of regions of modules that share sides; modules that only share a corner stay apart. Each
/// begins at a corner, and has the dark modules at its right: outer outlines run clockwise, holes against it,
/// so both rules of filling (non-zero, even-odd) give the same.
std::vector<std::vector<Corner>> trace(int across, const std::function<bool(int x, int y)>& dark);

/// From the end of the step before to `end`.
struct Step {
    enum class Kind {
        line,  ///< upright or level
        arc,   ///< a quarter of a circle, clockwise, which leaves and arrives upright or level
    };

    Kind kind = Kind::line;
    Point end{};

    friend bool operator==(const Step&, const Step&) = default;
};

/// A closed path: its last step ends at its start. It may pass there before, where modules share a corner
/// only.
struct Contour {
    Point start{};
    std::vector<Step> steps{};
};

/// Without the last line, which is drawn where a format closes a path.
std::span<const Step> drawn_steps(const Contour& contour) noexcept;

/// All that is drawn in the foreground's colour.
struct Outline {
    std::vector<Contour> contours{};
    std::vector<Point> dots{};  ///< the centres of discs
};

/// Light where the logo lies. `Shape::round` rounds convex corners; `Shape::dots` makes a disc of each data
/// module, and leaves the patterns that readers search square.
Outline outline_of(const Picture& picture);

/// The two control points of the cubic Bézier curve that runs like this arc.
std::array<Point, 2> controls(Point from, Point to) noexcept;

}  // namespace tocsin::qr::drawing
