-- KEYS: grant. ARGV: index, ms to keep it for repeats → the grant, or false
local kept = hash(KEYS[1])
if not kept.choice or (kept.picked and kept.picked ~= ARGV[1]) then
  return false
end
if not kept.picked then
  redis.call('HSET', KEYS[1], 'picked', ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[2], 'LT')
end
return kept.choice
