-- KEYS: challenge. ARGV: where its wrong code was counted, how often → 1, or 0 when the challenge is gone
if redis.call('EXISTS', KEYS[1]) == 0 then
  return 0
end
redis.call('HINCRBY', KEYS[1], 'wrong:' .. ARGV[1], ARGV[2])
return 1
