-- KEYS: sends, challenges with a code of their own, shared code, challenge held, new challenge
-- ARGV: id held, new id, new shared id, address index, address cipher, pepper id, digits, digits of a shared code, life ms,
--       renew within ms, tries, codes at once, shared every ms, patient, entry, sources, spacing ms, limits…
-- → {'wait', ms, the one held is usable}, {'open', challenge id, digits},
--   or {'sent', challenge id, digits, code id, code number, send number, pepper id, due ms, expires ms}
local sends, live, shared_key, held_key, new_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local held_id, new_id, new_shared, index, cipher, pepper = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local digits, shared_digits, life, renew = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])
local tries, at_once, every, patient = tonumber(ARGV[11]), tonumber(ARGV[12]), tonumber(ARGV[13]), ARGV[14] == '1'
local entry, sources, spacing, limits = ARGV[15], ARGV[16], tonumber(ARGV[17]), rest(ARGV, 18)
local now = now_ms()

local held = hash(held_key)
local longer = held.address and digits > tonumber(held.digits)
local usable = held.address == index and not held.proof and (longer or tonumber(held.tries) < tries)
if usable and longer then -- what it had is worth nothing any more, and it begins anew
  redis.call('HSET', held_key, 'digits', digits, 'tries', 0, 'expires', 0, 'before', 0, 'pepper', pepper)
  held = hash(held_key)
end
local own = usable and tonumber(held.expires) > now

-- The challenge that this browser is to hold, with or without a code of its own.
local function hold(number, expires, until_ms)
  local key, id = usable and held_key or new_key, usable and held_id or new_id
  if not usable then
    redis.call('HSET', key, 'address', index, 'cipher', cipher, 'pepper', pepper, 'shared', shared_key,
      'live', live, 'sent', sends, 'generation', 0, 'digits', digits, 'expires', 0, 'before', 0, 'sends', 0, 'tries', 0)
  end
  if number then
    redis.call('HSET', key, 'generation', number, 'digits', digits, 'expires', expires)
    redis.call('ZADD', live, expires, id)
    redis.call('PEXPIRE', live, life + spacing)
  end
  if entry ~= '' then
    redis.call('HSET', key, 'entry:' .. entry, sources)
  end
  redis.call('PEXPIRE', key, math.max(until_ms - now, redis.call('PTTL', key)))
  return id
end

redis.call('ZREMRANGEBYSCORE', live, '-inf', now)
local crowded = wait_ms(sends, now, limits) > 0 or (not own and redis.call('ZCARD', live) >= at_once)

if crowded then
  local shared = hash(shared_key)
  local due, expires = tonumber(shared.due or 0), tonumber(shared.expires or 0)
  local good = shared.id and not shared['used:' .. shared.number] and tonumber(shared.digits) >= shared_digits
  if due > now or (good and due + every > now and expires - now >= renew) then
    return { 'open', hold(nil, nil, expires), tonumber(shared.digits) }
  end
  local id, number = shared.id or new_shared, tonumber(shared.number or 0) + 1
  local before, before_digits = expires, tonumber(shared.digits or 0)
  due = math.max(now, due + every)
  expires = due + life
  redis.call('HSET', shared_key, 'id', id, 'number', number, 'digits', shared_digits, 'pepper', pepper, 'due', due,
    'expires', expires, 'before', before, 'before_digits', before_digits, 'before_pepper', shared.pepper or '')
  redis.call('PEXPIRE', shared_key, expires - now + every)
  return { 'sent', hold(nil, nil, expires), shared_digits, id, number, number, pepper, due, expires }
end

local wait = wait_ms(sends, now, { 1, spacing })
if wait > 0 and not patient then
  return { 'wait', wait, own and 1 or 0 }
end

local due = now + math.max(wait, 0)
local number, expires = 1, due + life
if own then
  digits, number, expires = tonumber(held.digits), tonumber(held.generation), tonumber(held.expires)
  if expires - due < renew then
    redis.call('HSET', held_key, 'before', expires)
    number, expires = number + 1, due + life
  end
elseif usable then
  number = tonumber(held.generation) + 1
  redis.call('HSET', held_key, 'before', 0, 'pepper', pepper)
end
local id = hold(number, expires, expires)
local key = usable and held_key or new_key
local send_number = redis.call('HINCRBY', key, 'sends', 1)
enter(sends, due, id .. '/' .. send_number, { 1, spacing, unpack(limits) })
return { 'sent', id, digits, id, number, send_number, redis.call('HGET', key, 'pepper'), due, expires }
