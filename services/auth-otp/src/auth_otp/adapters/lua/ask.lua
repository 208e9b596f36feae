-- KEYS: sends, live challenges, challenge held, new challenge
-- ARGV: id held, new id, address index, address cipher, pepper id, life ms, renew within ms, tries, live, prefix, limits…
-- → {'wait', ms, the one held is usable} or {'sent', id, code number, send number, pepper id, expires ms}
local sends, live, held_key, new_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local held_id, new_id, index, cipher, pepper = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local life, renew, tries, live_limit, prefix = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9]), ARGV[10]
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
  local send_number = redis.call('HINCRBY', held_key, 'sends', 1)
  enter(sends, now, held_id .. '/' .. send_number, limits)
  local code_number, expires = tonumber(held.generation), tonumber(held.expires)
  if expires - now < renew then
    code_number = code_number + 1
    redis.call('HSET', held_key, 'generation', code_number, 'before', expires, 'expires', now + life)
    redis.call('PEXPIRE', held_key, life)
    redis.call('ZADD', live, now + life, held_id)
    redis.call('PEXPIRE', live, life)
    expires = now + life
  end
  return { 'sent', held_id, code_number, send_number, held.pepper, expires }
end

redis.call('ZREMRANGEBYSCORE', live, '-inf', now)
while redis.call('ZCARD', live) >= live_limit do
  redis.call('DEL', prefix .. redis.call('ZPOPMIN', live)[1])
end
enter(sends, now, new_id .. '/1', limits)
redis.call('HSET', new_key, 'address', index, 'cipher', cipher, 'pepper', pepper, 'generation', 1,
  'expires', now + life, 'before', 0, 'sends', 1, 'tries', 0)
redis.call('PEXPIRE', new_key, life)
redis.call('ZADD', live, now + life, new_id)
redis.call('PEXPIRE', live, life)
return { 'sent', new_id, 1, 1, pepper, now + life }
