-- KEYS: challenge. ARGV: proof, ms to keep it for repeats → the first proof, or false when the challenge is gone
if redis.call('EXISTS', KEYS[1]) == 0 then
  return false
end
redis.call('HINCRBY', KEYS[1], 'tries', -1)
if redis.call('HSETNX', KEYS[1], 'proof', ARGV[1]) == 1 then
  redis.call('PEXPIRE', KEYS[1], ARGV[2], 'LT')
end
return redis.call('HGET', KEYS[1], 'proof')
