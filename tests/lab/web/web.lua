-- The pages of the lab's back end. Every page but the special ones answers with what the server
-- saw of the request, as JSON; README.md lists them. LAB_DIR and LAB_PORT are set by web.conf.

local library
local BLOCK             -- bytes 0 to 250 over and over; byte i of /bytes/N is i % 251

local function load_library(r)
    if library then return end
    package.cpath = r.subprocess_env["LAB_DIR"] .. "/?.so"
    library = require "weblib"
    local cycle = {}
    for i = 0, 250 do cycle[#cycle + 1] = string.char(i) end
    BLOCK = table.concat(cycle):rep(256)
end

local function quote(text)
    if text == nil then return "null" end
    return '"' .. text:gsub('[%c"\\\127-\255]', function(c)
        return string.format("\\u%04x", c:byte())
    end) .. '"'
end

-- A header's value; of Authorization only what cannot be replayed.
local function shown(name, value)
    if name:lower() ~= "authorization" then return quote(value) end
    return quote(string.format("%s length=%d sha256=%s", value:match("^%S*"), #value,
                               library.sha256(value)))
end

local function connection_of(r)
    return string.format("%s-%d", r.subprocess_env["LAB_PORT"], library.connection(r))
end

local function user_of(r)
    if r.user == nil or r.user == "" then return nil end
    return r.user
end

local function mirror(r)
    local status = library.open_body(r)
    if status ~= 0 then return status end
    local length, digest = library.digest_body(r)
    local headers = {}
    for i, field in ipairs(library.fields(r.headers_in)) do
        headers[i] = "[" .. quote(field[1]) .. ", " .. shown(field[1], field[2]) .. "]"
    end
    r.content_type = "application/json"
    r:write(string.format(
        '{"remote_user": %s, "gss_name": %s, "connection": %s, "method": %s, "target": %s,\n' ..
        ' "protocol": %s, "body_length": %s, "body_sha256": %s,\n "headers": [%s]}\n',
        quote(user_of(r)), quote(r.subprocess_env["GSS_NAME"]),
        quote(connection_of(r)), quote(r.method),
        quote(r.unparsed_uri), quote(r.protocol),
        length or "null", quote(digest), table.concat(headers, ",\n  ")))
    return apache2.OK
end

local function echo(r)
    local status = library.open_body(r)
    if status ~= 0 then return status end
    r.content_type = r.headers_in["Content-Type"] or "application/octet-stream"
    local piece = library.read_body(r)
    while piece do
        r:write(piece)
        r:flush()
        piece = library.read_body(r)
    end
    return apache2.OK
end

local function bytes(r, count)
    local left = math.tointeger(tonumber(count))
    r.content_type = "application/octet-stream"
    if (r.args or ""):find("length", 1, true) then r.headers_out["Content-Length"] = count end
    while left > 0 do
        r:write(left >= #BLOCK and BLOCK or BLOCK:sub(1, left))
        left = left - #BLOCK
    end
    return apache2.OK
end

local function slow(r, seconds)
    library.pause(math.floor(tonumber(seconds) * 1000000))
    return mirror(r)
end

local function redirect(r)
    local scheme = r.is_https and "https" or "http"
    r.headers_out["Location"] = string.format("%s://%s:%d/target", scheme, r.hostname, r.port)
    r.status = 302
    return apache2.OK
end

-- /cookie?NAME=VALUE; ATTRIBUTES, percent-encoded: sets that cookie.
local function set_cookie(r)
    r.headers_out["Set-Cookie"] = r:unescape(r.args or "")
    return mirror(r)
end

local function answer_with(r, status)
    r.status = math.tointeger(tonumber(status))
    r.content_type = "text/plain"
    r:write("status " .. status .. "\n")
    return apache2.OK
end

local function drop(r)
    library.drop(r)
    return apache2.OK
end

-- Ends another client's connection and answers how many there were to end: 1 or 0.
local function cut(r)
    r.content_type = "text/plain"
    r:write(tostring(library.cut(r)))
    return apache2.OK
end

local PAGES = {
    {"^/echo$", echo}, {"^/bytes/(%d+)$", bytes}, {"^/slow/([%d.]+)$", slow},
    {"^/redirect$", redirect}, {"^/status/(%d%d%d)$", answer_with}, {"^/drop$", drop},
    {"^/cookie$", set_cookie}, {"^/cut$", cut},
}

function handle(r)
    load_library(r)
    local path = r.uri:gsub("^/bound", ""):gsub("^/public", "")
    for _, page in ipairs(PAGES) do
        local argument = path:match(page[1])
        if argument then return page[2](r, argument) end
    end
    return mirror(r)
end
