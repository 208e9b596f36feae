-- KEYS: challenge. ARGV: its id, tries, digits typed
-- → {'gone'}, {'dead'}, {'length', digits} or {'try', left, address index, cipher, now ms, code id, number, pepper id, …}
local now, challenge = now_ms(), hash(KEYS[1])
if not challenge.address then
  return { 'gone' }
end
if tonumber(challenge.tries) >= tonumber(ARGV[2]) then
  return { 'dead' }
end
local codes, other = {}, nil

local function add(id, number, pepper, digits, from, to)
  if now >= tonumber(to) then
    return
  end
  if now < tonumber(from) or digits ~= ARGV[3] then
    other = tonumber(digits)
  else
    codes[#codes + 1], codes[#codes + 2], codes[#codes + 3] = id, tonumber(number), pepper
  end
end

add(ARGV[1], challenge.generation - 1, challenge.pepper, challenge.digits, 0, challenge.before)
add(ARGV[1], challenge.generation, challenge.pepper, challenge.digits, 0, challenge.expires)
local shared = hash(challenge.shared)
local function add_shared(number, ...)
  if (shared['used:' .. number] or ARGV[1]) == ARGV[1] then
    add(shared.id, number, ...)
  end
end
if shared.id then
  add_shared(shared.number - 1, shared.before_pepper, shared.before_digits, 0, shared.before)
  add_shared(shared.number, shared.pepper, shared.digits, shared.due, shared.expires)
end
if #codes == 0 then
  return other and { 'length', other } or { 'gone' }
end
local used = redis.call('HINCRBY', KEYS[1], 'tries', 1)
return { 'try', ARGV[2] - used, challenge.address, challenge.cipher, now, unpack(codes) }
