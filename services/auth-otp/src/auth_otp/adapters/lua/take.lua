-- KEYS: counter. ARGV: entry, limits…  → ms to wait; 0 = counted
local now, limits = now_ms(), rest(ARGV, 2)
local wait = wait_ms(KEYS[1], now, limits)
if wait <= 0 then
  enter(KEYS[1], now, ARGV[1], limits)
  return 0
end
return wait
