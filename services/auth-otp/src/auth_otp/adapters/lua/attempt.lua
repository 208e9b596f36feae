-- KEYS: challenge. ARGV: tries
-- → {'gone'}, {'dead'} or {'try', left, address index, cipher, pepper id, generation, previous one alive, now ms}
local now, found = now_ms(), hash(KEYS[1])
if not found.address or tonumber(found.expires) <= now then
  return { 'gone' }
end
if tonumber(found.tries) >= tonumber(ARGV[1]) then
  return { 'dead' }
end
local used = redis.call('HINCRBY', KEYS[1], 'tries', 1)
local before = tonumber(found.before) > now and 1 or 0
return { 'try', ARGV[1] - used, found.address, found.cipher, found.pepper, tonumber(found.generation), before, now }
