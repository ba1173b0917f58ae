-- What wrk sends in the overload scenario: uploads that are all different.
--
--	wrk … -s overload.lua URL -- BEFORE AFTER CONTENT_TYPE FIRST DELAY_MS
--
-- BEFORE	a file: the body before the eight bytes that differ
-- AFTER	the same after them
-- DELAY_MS	how long each connection rests before the next

local ffi = require("ffi")
local THREADS_APART = 2 ^ 40

local num_threads = 0

function setup(thread)
  thread:set("number", num_threads)
  num_threads = num_threads + 1
end

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

function init(args)
  local before, after = read(args[1]), read(args[2])
  local headers = { ["Content-Type"] = args[3] }
  local mark = ffi.new("uint64_t[1]", tonumber(args[4]) +
    number * THREADS_APART)
  local rest = tonumber(args[5])

  function request()
    mark[0] = mark[0] + 1
    return wrk.format("POST", nil, headers,
      before .. ffi.string(mark, 8) .. after)
  end

  function delay()
    return rest
  end
end
