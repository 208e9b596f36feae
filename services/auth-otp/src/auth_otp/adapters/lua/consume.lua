-- KEYS: challenge. ARGV: its id, id of the code, its number, proof, ms to keep it for repeats
-- → the first proof and what the challenge owes (field, value, …), or false when challenge or code is gone
local challenge = hash(KEYS[1])
if not challenge.address then
  return false
end
if ARGV[2] ~= ARGV[1] then
  local used = 'used:' .. ARGV[3]
  if redis.call('HGET', challenge.shared, 'id') ~= ARGV[2] then
    return false
  end
  redis.call('HSETNX', challenge.shared, used, ARGV[1])
  if redis.call('HGET', challenge.shared, used) ~= ARGV[1] then
    return false
  end
end
redis.call('HINCRBY', KEYS[1], 'tries', -1)
if redis.call('HSETNX', KEYS[1], 'proof', ARGV[4]) == 1 then
  redis.call('PEXPIRE', KEYS[1], ARGV[5], 'LT')
  if challenge.live then -- whoever enters a code may ask for the next one at once: its sends are given back
    redis.call('ZREM', challenge.live, ARGV[1])
    for number = 1, tonumber(challenge.sends) do
      redis.call('ZREM', challenge.sent, ARGV[1] .. '/' .. number)
    end
  end
end
local reply = { redis.call('HGET', KEYS[1], 'proof') }
for field, value in pairs(challenge) do
  if field:sub(1, 6) == 'wrong:' or field:sub(1, 6) == 'entry:' then
    redis.call('HDEL', KEYS[1], field)
    reply[#reply + 1], reply[#reply + 2] = field, value
  end
end
return reply
