# SPDX-License-Identifier: Apache-2.0
# Turns dpkg's log into events, one JSON object a line: awk -f dpkg-events.awk /var/log/dpkg.log | tocsin emit --ndjson
# The form of the log stands in dpkg(1) under --log. An id made of time and line makes it harmless to send a line again.

function text(value) {
    gsub(/\\/, "\\\\\\\\", value)
    gsub(/"/, "\\\"", value)
    return "\"" value "\""
}

function version(value) { return value == "<none>" ? "null" : text(value) }

# The log has local time; an event wants RFC 3339 with the offset that held then.
function rfc3339(day, clock,    parts, zone) {
    split(day " " clock, parts, /[-: ]/)
    zone = strftime("%z", mktime(parts[1] " " parts[2] " " parts[3] " " parts[4] " " parts[5] " " parts[6]))
    return day "T" clock substr(zone, 1, 3) ":" substr(zone, 4, 2)
}

function words(first, last,    all) {
    for (all = $first; first < last;) all = all " " $(++first)
    return text(all)
}

function package(value,    parts) {
    split(value, parts, ":")
    return "\"package\":" text(parts[1]) (parts[2] == "" ? "" : ",\"architecture\":" text(parts[2]))
}

$1 !~ /^[0-9]+-[0-9][0-9]-[0-9][0-9]$/ || $2 !~ /^[0-9][0-9]:[0-9][0-9]:[0-9][0-9]$/ || $3 !~ /^[a-z]+$/ { next }

{
    if ($3 == "startup") data = "\"step\":" text($4) ",\"command\":" text($5)
    else if ($3 == "status") data = package($5) ",\"state\":" text($4) ",\"version\":" version($6)
    else if ($3 == "conffile") data = "\"file\":" words(4, NF - 1) ",\"decision\":" text($NF)
    else data = package($4) ",\"from\":" version($5) ",\"to\":" version($6)
    printf "{\"type\":\"host.dpkg.%s\",\"id\":\"%s-%d\",\"source\":\"/var/log/dpkg.log\",\"time\":\"%s\",\"data\":{%s}}\n",
        $3, rfc3339($1, $2), NR, rfc3339($1, $2), data
}
