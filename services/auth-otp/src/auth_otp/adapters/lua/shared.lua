-- Put before each script. Time is the server's: application clocks judge nothing here.
local function now_ms()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

-- limits: count, ms, count, ms, … Milliseconds to wait until one more entry fits them all; 0 when it fits.
local function wait_ms(key, now, limits)
  local wait = 0
  for i = 1, #limits, 2 do
    local nth = redis.call('ZREVRANGE', key, limits[i] - 1, limits[i] - 1, 'WITHSCORES')
    if nth[2] then
      wait = math.max(wait, tonumber(nth[2]) + limits[i + 1] - now)
    end
  end
  return wait
end

local function enter(key, now, entry, limits)
  local longest = 0
  for i = 2, #limits, 2 do
    longest = math.max(longest, tonumber(limits[i]))
  end
  redis.call('ZADD', key, now, entry)
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now - longest)
  redis.call('PEXPIRE', key, longest)
end

local function rest(values, first)
  local left = {}
  for i = first, #values do
    left[#left + 1] = values[i]
  end
  return left
end

local function hash(key)
  local flat, fields = redis.call('HGETALL', key), {}
  for i = 1, #flat, 2 do
    fields[flat[i]] = flat[i + 1]
  end
  return fields
end
