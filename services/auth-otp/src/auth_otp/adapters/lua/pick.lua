-- KEYS: choice. ARGV: index, ms to keep it for repeats → the choice, or false
local found = hash(KEYS[1])
if not found.choice or (found.picked and found.picked ~= ARGV[1]) then
  return false
end
if not found.picked then
  redis.call('HSET', KEYS[1], 'picked', ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[2], 'LT')
end
return found.choice
