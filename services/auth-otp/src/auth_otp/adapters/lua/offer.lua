-- KEYS: grant. ARGV: grant, life ms
if redis.call('HSETNX', KEYS[1], 'choice', ARGV[1]) == 1 then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return 1
