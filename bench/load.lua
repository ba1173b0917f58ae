-- What wrk sends, and the line of JSON that it ends with.
--
--	wrk … -s load.lua URL -- KIND FILE HOW
--
-- KIND	url	URL; no FILE
--	paths	each line of FILE, a path
--	quotes	each quote of FILE (pack.c), uploaded to URL
-- HOW	once	FILE from beginning to end
--	again	and over and over
--
-- With a FILE there is one thread, for the second one would read it while the
-- first one is already sending. When all is sent it stops, and the time until
-- then counts; those that are under way are dropped.

local ffi = require("ffi")
ffi.cdef [[
struct bench_time { long seconds, nanoseconds; };
int clock_gettime(int id, struct bench_time *out);
]]

local BOUNDARY = "----attestry-bench"
local sender

local function now()
  local time = ffi.new("struct bench_time")
  ffi.C.clock_gettime(1, time)
  return tonumber(time.seconds) + tonumber(time.nanoseconds) / 1e9
end

function setup(thread)
  sender = thread
end

local function form(quote)
  return "--" .. BOUNDARY .. "\r\n" ..
    'Content-Disposition: form-data; name="file"; filename="quote.bin"\r\n' ..
    "Content-Type: application/octet-stream\r\n\r\n" ..
    quote .. "\r\n--" .. BOUNDARY .. "--\r\n"
end

local function records(file)
  return function()
    local head = file:read(4)
    if head == nil then
      return nil
    end
    local a, b, c, d = head:byte(1, 4)
    return file:read(((a * 256 + b) * 256 + c) * 256 + d)
  end
end

-- The file as whole requests.
local function read_requests(kind, path)
  local file = assert(io.open(path, "rb"))
  local list = {}
  local headers = {
    ["Content-Type"] = "multipart/form-data; boundary=" .. BOUNDARY
  }
  for record in kind == "paths" and file:lines() or records(file) do
    list[#list + 1] = kind == "paths" and wrk.format("GET", record) or
      wrk.format("POST", nil, headers, form(record))
  end
  file:close()
  return list
end

function init(args)
  local kind, path, how = args[1], args[2], args[3]
  if kind == "url" then
    return
  end
  local list = read_requests(kind, path)
  local at = 0
  function request()
    if at == 0 then
      began = now()
    end
    at = at + 1
    if at > #list and how == "again" then
      at = 1
    elseif at > #list then
      if at == #list + 1 then
        ended = now()
      end
      wrk.thread:stop()
      return list[#list]
    end
    return list[at]
  end
end

function done(summary, latency, _)
  local began, ended = sender:get("began"), sender:get("ended")
  local seconds = summary.duration / 1e6
  if began then
    seconds = (ended or now()) - began
  end
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"seconds":%.6f,"all_sent":%s,"bad":%d,' ..
    '"p50_ms":%.3f,"p99_ms":%.3f}\n',
    summary.requests, seconds, tostring(ended ~= nil),
    errors.connect + errors.read + errors.write + errors.status +
    errors.timeout, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3))
end
