-- KEYS: challenge. ARGV: tries
-- → {'gone'}, {'dead'} or {'try', left, address index, cipher, pepper id, code number, previous one alive, now ms}
local now, challenge = now_ms(), hash(KEYS[1])
if not challenge.address or tonumber(challenge.expires) <= now then
  return { 'gone' }
end
if tonumber(challenge.tries) >= tonumber(ARGV[1]) then
  return { 'dead' }
end
local used = redis.call('HINCRBY', KEYS[1], 'tries', 1)
local before = tonumber(challenge.before) > now and 1 or 0
return { 'try', ARGV[1] - used, challenge.address, challenge.cipher, challenge.pepper, tonumber(challenge.generation), before, now }
