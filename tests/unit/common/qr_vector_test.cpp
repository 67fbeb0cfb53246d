// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string>

#include "common/core/error.hpp"
#include "common/qr/drawing/eps.hpp"
#include "common/qr/drawing/numbers.hpp"
#include "common/qr/drawing/outline.hpp"
#include "common/qr/drawing/pdf.hpp"
#include "common/qr/drawing/svg.hpp"
#include "tests/unit/common/qr_shapes.hpp"

namespace tocsin::qr::drawing {
namespace {

using readback::between;
using readback::count;
using readback::expect_modules;
using readback::Polygon;
using readback::Spot;

Picture picture_of(Style style, const std::string& text = "https://example.com/p/1") {
    return {encoding::Symbol::encode(text, {}), std::move(style)};
}

/// Rows of `#` and `.`.
std::vector<std::vector<Corner>> traced(const std::vector<std::string>& rows) {
    return trace(static_cast<int>(rows.size()), [&](int x, int y) {
        return rows[static_cast<std::size_t>(y)][static_cast<std::size_t>(x)] == '#';
    });
}

int convex(const std::vector<Corner>& corners) {
    int sum = 0;
    for (const Corner& corner : corners) sum += corner.turn == Corner::Turn::convex ? 1 : 0;
    return sum;
}

TEST(Numbers, LeaveOutWhatCanBeLeftOut) {
    const auto text = [](double value, int decimals) {
        std::string out;
        append_number(value, decimals, out);
        return out;
    };
    EXPECT_EQ(text(7, 3), "7");
    EXPECT_EQ(text(0.5, 3), ".5");
    EXPECT_EQ(text(-0.25, 3), "-.25");
    EXPECT_EQ(text(-12.0504, 3), "-12.05");
    EXPECT_EQ(text(100, 0), "100");
    EXPECT_EQ(text(-0.0001, 3), "0");
    EXPECT_EQ(text(0.9999, 3), "1");
}

TEST(Trace, GoesAroundOneModule) {
    const auto outlines = traced({"...", ".#.", "..."});
    ASSERT_EQ(outlines.size(), 1U);
    using enum Corner::Turn;
    EXPECT_EQ(outlines[0],
              (std::vector<Corner>{{2, 1, convex}, {2, 2, convex}, {1, 2, convex}, {1, 1, convex}}));
}

TEST(Trace, KeepsDiagonalNeighboursApart) {
    EXPECT_EQ(traced({"#.", ".#"}).size(), 2U);
    EXPECT_EQ(traced({".#", "#."}).size(), 2U);
    const auto joined = traced({"##", "#."});
    ASSERT_EQ(joined.size(), 1U);
    EXPECT_EQ(joined[0].size(), 6U);
    EXPECT_EQ(convex(joined[0]), 5);
}

TEST(Trace, RunsAgainstTheClockAroundHoles) {
    const auto ring = traced({"####", "#..#", "#..#", "####"});
    ASSERT_EQ(ring.size(), 2U);
    EXPECT_EQ(convex(ring[0]), 4);
    EXPECT_EQ(convex(ring[1]), 0) << "a hole's corners point to the dark";
    // two holes that share a corner are one hole, as their light modules are not joined by a side: two
    // outlines
    EXPECT_EQ(traced({"####", "#.##", "##.#", "####"}).size(), 2U);
    EXPECT_TRUE(traced({"..", ".."}).empty());
}

TEST(Trace, MayPassItsStartOnTheWay) {
    const auto outlines = traced({"####", "##.#", "#.##", "####"});
    ASSERT_EQ(outlines.size(), 2U);
    const auto& hole = outlines[1];
    EXPECT_EQ(hole.size(), 8U);
    EXPECT_EQ(std::count(hole.begin(), hole.end(), Corner{2, 2, Corner::Turn::convex}), 2);
    EXPECT_EQ(hole.back(), (Corner{2, 2, Corner::Turn::convex}))
        << "it begins there: writers must not stop halfway";
}

TEST(Outline, RoundsConvexCornersOnly) {
    const Picture picture = picture_of({.shape = Shape::round});
    const Outline outline = outline_of(picture);
    std::size_t arcs = 0;
    std::size_t corners = 0;
    for (const Contour& contour : outline.contours) {
        EXPECT_EQ(contour.steps.back().end, contour.start);
        Point here = contour.start;
        for (const Step& step : contour.steps) {
            const double dx = std::abs(step.end.x - here.x);
            const double dy = std::abs(step.end.y - here.y);
            if (step.kind == Step::Kind::arc) {
                EXPECT_EQ(dx, 0.5);
                EXPECT_EQ(dy, 0.5);
                ++arcs;
            } else {
                EXPECT_EQ(std::min(dx, dy), 0);
                EXPECT_GT(std::max(dx, dy), 0);
            }
            here = step.end;
        }
    }
    for (const auto& one : trace(picture.across(), [&](int x, int y) { return picture.dark(x, y); }))
        corners += static_cast<std::size_t>(convex(one));
    EXPECT_EQ(arcs, corners);
    EXPECT_TRUE(outline.dots.empty());
}

TEST(Outline, MakesDotsOfDataModulesOnly) {
    const Picture picture = picture_of({.shape = Shape::dots});
    std::size_t data = 0;
    std::size_t others = 0;
    for (int y = 0; y < picture.across(); ++y)
        for (int x = 0; x < picture.across(); ++x)
            if (picture.dark(x, y)) ++(picture.role(x, y) == encoding::Role::data ? data : others);
    const Outline outline = outline_of(picture);
    EXPECT_EQ(outline.dots.size(), data);
    for (const Point dot : outline.dots)
        EXPECT_EQ(picture.role(static_cast<int>(dot.x), static_cast<int>(dot.y)), encoding::Role::data);
    const auto shoelace = [&] {
        double area = 0;
        for (const Contour& contour : outline.contours) {
            Point here = contour.start;
            for (const Step& step : contour.steps) {
                area += (here.x * step.end.y - step.end.x * here.y) / 2;
                here = step.end;
            }
        }
        return area;
    };
    EXPECT_DOUBLE_EQ(shoelace(), static_cast<double>(others)) << "holes are taken off";
}

TEST(Outline, ControlsKeepTheCurveOnItsCircle) {
    // clockwise around (0, 0): from the top to the right, and so on
    const std::array<Point, 4> ends{Point{0, -1}, {1, 0}, {0, 1}, {-1, 0}};
    for (std::size_t i = 0; i < 4; ++i) {
        const Point from = ends[i];
        const Point to = ends[(i + 1) % 4];
        const auto [first, second] = controls(from, to);
        const Point middle{(from.x + 3 * first.x + 3 * second.x + to.x) / 8,
                           (from.y + 3 * first.y + 3 * second.y + to.y) / 8};
        EXPECT_NEAR(std::hypot(middle.x, middle.y), 1, 1e-3) << i;
    }
}

/// A clockwise arc as a polygon, without its start.
void append_arc(Spot from, Spot to, double radius, Polygon& polygon) {
    const double half = std::hypot(to.x - from.x, to.y - from.y) / 2;
    const double height = std::sqrt(std::max(0.0, radius * radius - half * half));
    const Spot centre{(from.x + to.x) / 2 - (to.y - from.y) / (2 * half) * height,
                      (from.y + to.y) / 2 + (to.x - from.x) / (2 * half) * height};
    const double start = std::atan2(from.y - centre.y, from.x - centre.x);
    double sweep = std::atan2(to.y - centre.y, to.x - centre.x) - start;
    if (sweep <= 0) sweep += 2 * std::numbers::pi;
    for (int i = 1; i <= 12; ++i)
        polygon.push_back({centre.x + radius * std::cos(start + sweep * i / 12),
                           centre.y + radius * std::sin(start + sweep * i / 12)});
}

/// The path of an SVG image, of the commands that these images have.
std::vector<Polygon> polygons_of_svg(const std::string& svg) {
    std::istringstream path(between(svg, " d=\"", "\""));
    std::vector<Polygon> polygons;
    Spot here;
    Spot start;
    for (char command = 0; path >> command;) {
        double a = 0;
        double b = 0;
        if (command == 'M' || command == 'm') {
            path >> a >> b;
            here = start = {start.x + a, start.y + b};
            polygons.push_back({here});
        } else if (command == 'h' || command == 'v') {
            path >> a;
            (command == 'h' ? here.x : here.y) += a;
            polygons.back().push_back(here);
        } else if (command == 'a') {
            double radius = 0;
            double flag = 0;
            path >> radius >> a >> flag >> flag >> flag >> a >> b;
            append_arc(here, {here.x + a, here.y + b}, radius, polygons.back());
            here = {here.x + a, here.y + b};
        } else {
            EXPECT_EQ(command, 'z');
            here = start;
        }
    }
    return polygons;
}

TEST(Svg, DrawsTheDarkModules) {
    for (const Picture& picture : readback::pictures()) {
        const std::string svg = to_svg(picture, {}, {});
        EXPECT_EQ(count(svg, "<path "), 1U);
        expect_modules(polygons_of_svg(svg), picture);
    }
}

TEST(Svg, IsShort) {
    const Picture picture(
        encoding::Symbol::encode("https://example.com/p/0123456789", {.min_version = 3, .max_version = 3}),
        {});
    EXPECT_LT(to_svg(picture, {}, {}).size(), 2500U);
}

TEST(Svg, HasItsSizeInModulesAndAsItIsShown) {
    const Picture picture = picture_of({});  // version 2: 33 modules with the quiet zone
    const auto shown = [&](const Scale& scale) {
        return between(to_svg(picture, scale, {}), " version=\"1.1\" ", ">");
    };
    const std::string rest = " viewBox=\"0 0 33 33\" shape-rendering=\"crispEdges\"";
    EXPECT_EQ(shown({}), "width=\"264\" height=\"264\"" + rest);
    EXPECT_EQ(shown({.module_pixels = 3}), "width=\"99\" height=\"99\"" + rest);
    EXPECT_EQ(shown({.width_pixels = 500}), "width=\"500\" height=\"500\"" + rest);
    EXPECT_EQ(shown({.width_mm = 25.5}), "width=\"25.5mm\" height=\"25.5mm\"" + rest);
}

TEST(Svg, SaysColoursInTheirShortestForm) {
    const auto svg = [](const char* foreground, const char* background) {
        return to_svg(
            picture_of({.foreground = parse_colour(foreground), .background = parse_colour(background)}), {},
            {});
    };
    EXPECT_NE(svg("112233", "ffffff").find("<rect width=\"33\" height=\"33\" fill=\"#fff\"/>"),
              std::string::npos);
    EXPECT_NE(svg("112233", "ffffff").find("<path fill=\"#123\" d="), std::string::npos);
    EXPECT_NE(svg("1a2b3c80", "ffffff").find("<path fill=\"#1a2b3c\" fill-opacity=\".502\" d="),
              std::string::npos);
    EXPECT_EQ(svg("000000", "ffffff00").find("<rect"), std::string::npos);
}

TEST(Svg, TakesWordsAndEscapesThem) {
    const Picture picture = picture_of({});
    const std::string svg = to_svg(picture, {}, {.css_class = "qr \"big\"", .title = "<Tom & \"Jerry\">"});
    EXPECT_TRUE(svg.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns="));
    EXPECT_NE(svg.find(" class=\"qr &quot;big&quot;\""), std::string::npos);
    EXPECT_NE(svg.find(" role=\"img\"><title>&lt;Tom &amp; &quot;Jerry&quot;&gt;</title>\n"),
              std::string::npos);
    EXPECT_TRUE(to_svg(picture, {}, {.prolog = SvgWords::Prolog::without, .css_class = {}, .title = {}})
                    .starts_with("<svg "));
    for (const std::string bad : {"a\x1b[0m", "\xff", "a\nb"}) {
        EXPECT_THROW(to_svg(picture, {}, {.css_class = {}, .title = bad}), core::Error);
        EXPECT_THROW(to_svg(picture, {}, {.css_class = bad, .title = {}}), core::Error);
    }
}

TEST(Svg, HoldsTheLogoAsItWasGiven) {
    Image image{.width = 2, .height = 1, .rgba = {255, 0, 0, 255, 0, 0, 255, 128}};
    const std::string svg = to_svg(picture_of({.logo = Logo{image, 10}}), {}, {});
    EXPECT_NE(svg.find("xmlns:xlink=\"http://www.w3.org/1999/xlink\""), std::string::npos);
    const std::string data = between(svg, "xlink:href=\"data:image/png;base64,", "\"");
    EXPECT_EQ(data.substr(0, 11), "iVBORw0KGgo");
    EXPECT_EQ(data.size() % 4, 0U);
    EXPECT_EQ(data.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="),
              std::string::npos);
    // in the middle, and not distorted
    const std::string box = between(svg, "<image ", " xlink");
    const double x = std::stod(between(box, "x=\"", "\""));
    const double y = std::stod(between(box, "y=\"", "\""));
    const double wide = std::stod(between(box, "width=\"", "\""));
    const double high = std::stod(between(box, "height=\"", "\""));
    EXPECT_DOUBLE_EQ(2 * x + wide, 33);
    EXPECT_DOUBLE_EQ(2 * y + high, 33);
    EXPECT_DOUBLE_EQ(wide, 2 * high);
    EXPECT_EQ(to_svg(picture_of({}), {}, {}).find("xlink"), std::string::npos);
}

/// The path of an EPS file, of the words that its prolog defines.
std::vector<Polygon> polygons_of_eps(const std::string& eps) {
    std::vector<Polygon> polygons;
    Spot here;
    for (const readback::Operation& step : readback::operations_of(between(eps, "newpath ", " fill"))) {
        const auto& at = step.operands;
        if (step.name == "m") {
            here = {at.at(0), at.at(1)};
            polygons.push_back({here});
        } else if (step.name == "h" || step.name == "v") {
            (step.name == "h" ? here.x : here.y) += at.at(0);
            polygons.back().push_back(here);
        } else if (step.name == "a") {
            const Spot end{here.x + at.at(4), here.y + at.at(5)};
            append_arc(here, end, 0.5, polygons.back());
            here = end;
        } else if (step.name == "d") {
            const double radius = dot_diameter / 2;
            polygons.push_back({});
            append_arc({at.at(0) - radius, at.at(1)}, {at.at(0) + radius, at.at(1)}, radius, polygons.back());
            append_arc({at.at(0) + radius, at.at(1)}, {at.at(0) - radius, at.at(1)}, radius, polygons.back());
        } else {
            EXPECT_EQ(step.name, "z");
        }
    }
    return polygons;
}

TEST(Eps, DrawsTheDarkModules) {
    for (const Picture& picture : readback::pictures()) {
        const std::string eps = to_eps(picture, {});
        expect_modules(polygons_of_eps(eps), picture);
        std::istringstream lines(eps);
        for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 255U);
    }
}

TEST(Eps, TellsItsBounds) {
    const Picture picture = picture_of({});
    const std::string eps = to_eps(picture, {.width_mm = 30});  // 85.0394 points
    EXPECT_TRUE(eps.starts_with("%!PS-Adobe-3.0 EPSF-3.0\n"));
    EXPECT_NE(eps.find("\n%%BoundingBox: 0 0 86 86\n"), std::string::npos);
    EXPECT_NE(eps.find("\n%%HiResBoundingBox: 0 0 85.0394 85.0394\n"), std::string::npos);
    EXPECT_NE(eps.find("\n0 85.0394 translate 2.57695061 -2.57695061 scale\n"), std::string::npos);
    EXPECT_TRUE(eps.ends_with("%%EOF\n"));
    EXPECT_NE(to_eps(picture, {.width_pixels = 300}).find("\n%%BoundingBox: 0 0 72 72\n"), std::string::npos);
}

TEST(Eps, DrawsColoursAsTheyLookOnWhite) {
    const auto eps = [](const char* foreground, const char* background) {
        return to_eps(
            picture_of({.foreground = parse_colour(foreground), .background = parse_colour(background)}), {});
    };
    EXPECT_NE(eps("ff0000", "00ff00").find("\n0 1 0 setrgbcolor\n0 0 33 33 rectfill\n1 0 0 setrgbcolor\n"),
              std::string::npos);
    EXPECT_NE(eps("00000080", "ffffff").find("\n.498 .498 .498 setrgbcolor\n"), std::string::npos);
    EXPECT_EQ(eps("000000", "ffffff00").find("rectfill"), std::string::npos);
}

TEST(Eps, HoldsTheLogoOverTheBackground) {
    const Image image{.width = 2, .height = 1, .rgba = {255, 0, 0, 255, 1, 2, 3, 0}};
    const std::string eps =
        to_eps(picture_of({.background = parse_colour("ffee00"), .logo = Logo{image, 10}}), {});
    EXPECT_NE(eps.find("/Width 2 /Height 1 /BitsPerComponent 8"), std::string::npos);
    EXPECT_NE(eps.find("\nff0000ffee00>\ngrestore\n"), std::string::npos);
}

/// The path of a PDF page; its curves are quarters of circles.
std::vector<Polygon> polygons_of_pdf(const std::vector<readback::Operation>& page) {
    std::vector<Polygon> polygons;
    for (const readback::Operation& step : page) {
        if (step.name == "m") polygons.push_back({});
        if (step.name == "m" || step.name == "l")
            polygons.back().push_back({step.operands.at(0), step.operands.at(1)});
        if (step.name == "c") {
            const Spot from = polygons.back().back();
            const Spot to{step.operands.at(4), step.operands.at(5)};
            append_arc(from, to, std::abs(to.x - from.x) + 1e-9, polygons.back());
        }
    }
    return polygons;
}

TEST(Pdf, DrawsTheDarkModules) {
    for (const Picture& picture : readback::pictures()) {
        const auto streams = readback::streams_of(to_pdf(picture, {}));
        ASSERT_FALSE(streams.empty());
        expect_modules(polygons_of_pdf(readback::operations_of(streams[0])), picture);
    }
}

TEST(Pdf, HasAPageAsLargeAsThePicture) {
    const Picture picture = picture_of({});
    const std::string pdf = to_pdf(picture, {.width_mm = 30});
    EXPECT_EQ(count(pdf, "/Type /Page\n"), 1U);
    EXPECT_NE(pdf.find("/MediaBox [ 0 0 85.03937 85.03937 ]"), std::string::npos)
        << between(pdf, "/MediaBox", "]");
    const auto page = readback::operations_of(readback::streams_of(pdf).at(0));
    for (const readback::Operation& step : page) {
        if (step.name != "cm") continue;
        EXPECT_NEAR(step.operands.at(0), 85.03937 / 33, 1e-4);
        EXPECT_NEAR(step.operands.at(3), -85.03937 / 33, 1e-4);
        EXPECT_NEAR(step.operands.at(5), 85.03937, 1e-4);
    }
    EXPECT_EQ(to_pdf(picture, {.width_mm = 30}), pdf) << "the same each time";
    EXPECT_EQ(pdf.find("/Subtype /Image"), std::string::npos);
    EXPECT_EQ(pdf.find("ExtGState"), std::string::npos);
}

TEST(Pdf, RefusesSizesThatNoPageHas) {
    const Picture picture = picture_of({});
    for (const double width : {0.5, 5081.0}) try {
            to_pdf(picture, {.width_mm = width});
            ADD_FAILURE() << width;
        } catch (const core::Error& error) {
            EXPECT_EQ(error.code(), core::Code::invalid);
            EXPECT_NE(error.hint().find("2 to 5080 mm"), std::string::npos);
        }
}

TEST(Pdf, HasTransparencyWhereItIsNeeded) {
    const Image image{.width = 2, .height = 1, .rgba = {255, 0, 0, 255, 0, 0, 255, 128}};
    const std::string pdf =
        to_pdf(picture_of({.foreground = parse_colour("00000080"), .logo = Logo{image, 10}}), {});
    EXPECT_NE(pdf.find("/ca 0.5019"), std::string::npos);
    EXPECT_EQ(count(pdf, "/Subtype /Image"), 2U) << "the logo, and how much it covers";
    EXPECT_EQ(count(pdf, "/SMask"), 1U);
}

}  // namespace
}  // namespace tocsin::qr::drawing
