// SPDX-License-Identifier: Apache-2.0
#include "common/qr/drawing/outline.hpp"

#include <cstddef>

namespace tocsin::qr::drawing {
namespace {

/// Control points of a quarter of a circle lie this share of the radius from its ends: 4/3 * (sqrt(2) - 1).
constexpr double kappa = 0.5523;

/// Rightwards, downwards, leftwards or upwards.
struct Direction {
    int x = 1;
    int y = 0;

    Direction right() const noexcept { return {-y, x}; }
    Direction left() const noexcept { return {y, -x}; }
    friend bool operator==(const Direction&, const Direction&) = default;
};

/// Walks along the sides of modules with the dark at its right.
class Tracer {
 public:
    Tracer(int across, const std::function<bool(int x, int y)>& is_dark)
        : across_(across), dark_(area()), passed_(area()) {
        for (int y = 0; y < across; ++y)
            for (int x = 0; x < across; ++x) dark_[place(x, y)] = is_dark(x, y);
    }

    /// Every outline has an upper side of a module, and the first one in reading order begins at a corner.
    std::vector<std::vector<Corner>> all() {
        std::vector<std::vector<Corner>> outlines;
        for (int y = 0; y < across_; ++y)
            for (int x = 0; x < across_; ++x)
                if (at(x, y) && !at(x, y - 1) && !passed_[place(x, y)]) outlines.push_back(walk(x, y));
        return outlines;
    }

 private:
    std::size_t area() const noexcept {
        return static_cast<std::size_t>(across_) * static_cast<std::size_t>(across_);
    }
    std::size_t place(int x, int y) const noexcept {
        return static_cast<std::size_t>(y) * static_cast<std::size_t>(across_) + static_cast<std::size_t>(x);
    }
    bool at(int x, int y) const noexcept {
        return x >= 0 && y >= 0 && x < across_ && y < across_ && dark_[place(x, y)];
    }

    /// The module ahead of a corner of modules, on the side that `side` points to.
    bool ahead(int x, int y, Direction way, Direction side) const noexcept {
        const int dx = way.x + side.x;
        const int dy = way.y + side.y;
        return at(dx > 0 ? x : x - 1, dy > 0 ? y : y - 1);
    }

    std::vector<Corner> walk(const int first_x, const int first_y) {
        std::vector<Corner> corners;
        int x = first_x;
        int y = first_y;
        Direction way;
        do {
            if (way == Direction{}) passed_[place(x, y)] = true;
            x += way.x;
            y += way.y;
            if (!ahead(x, y, way, way.right())) {  // also between two modules that share this corner only
                corners.push_back({x, y, Corner::Turn::convex});
                way = way.right();
            } else if (ahead(x, y, way, way.left())) {
                corners.push_back({x, y, Corner::Turn::concave});
                way = way.left();
            }
        } while (x != first_x || y != first_y || way != Direction{});
        return corners;
    }

    int across_;
    std::vector<bool> dark_;
    std::vector<bool> passed_;  // the upper sides of modules that an outline has
};

Point moved(Corner from, Corner to, double distance) noexcept {
    const auto sign = [](int value) { return (value > 0) - (value < 0); };
    return {from.x + sign(to.x - from.x) * distance, from.y + sign(to.y - from.y) * distance};
}

/// Begins behind the first corner and ends with it.
Contour contour_of(const std::vector<Corner>& corners, double radius) {
    const auto radius_of = [&](Corner corner) { return corner.turn == Corner::Turn::convex ? radius : 0; };
    Contour contour;
    contour.start = moved(corners[0], corners[1], radius_of(corners[0]));
    Point here = contour.start;
    const auto step = [&](Step::Kind kind, Point end) {
        if (end != here) contour.steps.push_back({kind, end});
        here = end;
    };
    for (std::size_t i = 1; i <= corners.size(); ++i) {
        const Corner corner = corners[i % corners.size()];
        const double bend = radius_of(corner);
        step(Step::Kind::line, moved(corner, corners[i - 1], bend));
        step(Step::Kind::arc, moved(corner, corners[(i + 1) % corners.size()], bend));
    }
    return contour;
}

}  // namespace

std::vector<std::vector<Corner>> trace(int across, const std::function<bool(int x, int y)>& dark) {
    return Tracer(across, dark).all();
}

std::span<const Step> drawn_steps(const Contour& contour) noexcept {
    const std::span<const Step> steps(contour.steps);
    return steps.first(steps.size() - (steps.back().kind == Step::Kind::line ? 1 : 0));
}

Outline outline_of(const Picture& picture) {
    const Shape shape = picture.style().shape;
    const auto is_dot = [&](int x, int y) {
        return shape == Shape::dots && picture.role(x, y) == encoding::Role::data;
    };
    Outline outline;
    const auto corners =
        trace(picture.across(), [&](int x, int y) { return picture.dark(x, y) && !is_dot(x, y); });
    for (const auto& one : corners)
        outline.contours.push_back(contour_of(one, shape == Shape::round ? corner_radius : 0));
    if (shape != Shape::dots) return outline;
    for (int y = 0; y < picture.across(); ++y)
        for (int x = 0; x < picture.across(); ++x)
            if (picture.dark(x, y) && is_dot(x, y)) outline.dots.push_back({x + 0.5, y + 0.5});
    return outline;
}

std::array<Point, 2> controls(Point from, Point to) noexcept {
    const double dx = (to.x - from.x) * kappa;
    const double dy = (to.y - from.y) * kappa;
    // a clockwise quarter leaves level when it goes right and down or left and up
    if (dx * dy > 0) return {{{from.x + dx, from.y}, {to.x, to.y - dy}}};
    return {{{from.x, from.y + dy}, {to.x - dx, to.y}}};
}

}  // namespace tocsin::qr::drawing
