-- KEYS: sends, live challenges, held challenge, fresh challenge
-- ARGV: held id, fresh id, address index, address cipher, pepper id, life ms, renew within ms, tries, live, prefix, limits…
-- → {'wait', ms, held} or {'sent', id, generation, number, pepper id, expires ms}
local sends, live, held_key, fresh_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local held_id, fresh_id, index, cipher, pepper = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local life, renew, tries, most, prefix = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9]), ARGV[10]
local limits = rest(ARGV, 11)
local now = now_ms()

local held = hash(held_key)
local usable = held.address == index
  and not held.proof
  and tonumber(held.tries) < tries
  and tonumber(held.expires) > now

local wait = wait_ms(sends, now, limits)
if wait > 0 then
  return { 'wait', wait, usable and 1 or 0 }
end

if usable then
  local number = redis.call('HINCRBY', held_key, 'sends', 1)
  enter(sends, now, held_id .. '/' .. number, limits)
  local generation, expires = tonumber(held.generation), tonumber(held.expires)
  if expires - now < renew then
    generation = generation + 1
    redis.call('HSET', held_key, 'generation', generation, 'before', expires, 'expires', now + life)
    redis.call('PEXPIRE', held_key, life)
    redis.call('ZADD', live, now + life, held_id)
    redis.call('PEXPIRE', live, life)
    expires = now + life
  end
  return { 'sent', held_id, generation, number, held.pepper, expires }
end

redis.call('ZREMRANGEBYSCORE', live, '-inf', now)
while redis.call('ZCARD', live) >= most do
  redis.call('DEL', prefix .. redis.call('ZPOPMIN', live)[1])
end
enter(sends, now, fresh_id .. '/1', limits)
redis.call('HSET', fresh_key, 'address', index, 'cipher', cipher, 'pepper', pepper, 'generation', 1,
  'expires', now + life, 'before', 0, 'sends', 1, 'tries', 0)
redis.call('PEXPIRE', fresh_key, life)
redis.call('ZADD', live, now + life, fresh_id)
redis.call('PEXPIRE', live, life)
return { 'sent', fresh_id, 1, 1, pepper, now + life }
