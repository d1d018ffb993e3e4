#include "run/native/strip_builder.h"

#include <algorithm>
#include <bit>

namespace pullback::native {

using kernels::StripArgument;
using kernels::StripType;

namespace {

/// Lets registers whose value is no longer read hold later ones, so that a strip needs less of the
/// first-level cache. Expects each register to be written once, before it is read.
void share_registers(kernels::StripProgram& program) {
  std::vector<size_t> last(static_cast<size_t>(program.registers), 0);
  for (size_t k = 0; k < program.code.size(); ++k) {
    const auto& code = program.code[k];
    for (int16_t r : {code.a, code.b, code.c, code.dst}) {
      if (r >= 0 && r < program.registers) last[static_cast<size_t>(r)] = k;
    }
  }
  std::vector<int16_t> place(last.size(), -1), free;
  int16_t used = 0;
  for (size_t k = 0; k < program.code.size(); ++k) {
    auto& code = program.code[k];
    std::vector<int16_t> ends;
    for (int16_t* r : {&code.a, &code.b, &code.c}) {
      if (*r < 0) continue;
      size_t old = static_cast<size_t>(*r);
      // An operand that the op does not have is 0, maybe before register 0 is written.
      bool written = old < place.size() && place[old] >= 0;
      *r = written ? place[old] : int16_t{0};
      bool listed = std::find(ends.begin(), ends.end(), *r) != ends.end();
      if (written && last[old] == k && !listed) ends.push_back(*r);
    }
    // A result may take the place of an operand: ops go element by element.
    free.insert(free.end(), ends.begin(), ends.end());
    if (code.dst < 0) continue;
    size_t old = static_cast<size_t>(code.dst);
    if (free.empty()) free.push_back(used++);
    place[old] = code.dst = free.back();
    free.pop_back();
    if (last[old] == k) free.push_back(code.dst);
  }
  program.registers = used;
}

}  // namespace

StripBuilder::StripBuilder(const Memory& memory, const Places& places, int64_t count)
    : m_(memory), places_(places), count_(count) {}

StripType StripBuilder::strip_type(ElementType element) const {
  return element == ElementType::f32   ? StripType::f32
         : element == ElementType::i32 ? StripType::i32
                                       : StripType::i1;
}

int16_t StripBuilder::argument(const StripArgument& argument, const Source& source) {
  program_.arguments.push_back(argument);
  sources_.push_back(source);
  return static_cast<int16_t>(~(program_.arguments.size() - 1));
}

int16_t StripBuilder::splat(const Decimal& value, ElementType element) {
  float& number = numbers_.emplace_back();
  if (element == ElementType::f32) {
    number = value.to_float();
  } else if (element == ElementType::i32) {
    number = std::bit_cast<float>(static_cast<int32_t>(value.to_integer()));
  } else {
    *reinterpret_cast<uint8_t*>(&number) = value.mantissa != 0;
  }
  Source source{.address = reinterpret_cast<std::byte*>(&number)};
  return argument({.type = strip_type(element), .divide = 1, .period = 1}, source);
}

int16_t StripBuilder::operand(Value v) {
  Value stored = storage_of(m_.graph, v);
  auto known = known_.find(stored.id);
  if (known != known_.end()) return known->second;
  ElementType element = m_.graph.type(v).element;
  int16_t result = 0;
  if (auto number = splat_of(m_.graph, v)) {
    result = splat(*number, element);
  } else if (m_.units.virtual_broadcast[static_cast<size_t>(stored.id)]) {
    const Instr& broadcast = m_.graph.instr(stored);
    Addressing a = *addressing_of(std::get<BroadcastInDim>(broadcast.op),
                                  m_.graph.type(broadcast.operands[0]).shape);
    Value source = storage_of(m_.graph, broadcast.operands[0]);
    PULLBACK_CHECK(!m_.units.virtual_broadcast[static_cast<size_t>(source.id)], broadcast.name);
    Source place = places_.place(source);
    place.image_bytes = 0;
    result = argument({.type = strip_type(element), .divide = a.divide, .period = a.period}, place);
  } else {
    bool scalar = m_.graph.type(v).count() == 1 && count_ != 1;
    Source place = places_.place(stored);
    if (scalar) place.image_bytes = 0;
    result = argument({.type = strip_type(element), .divide = 1, .period = scalar ? 1 : 0}, place);
  }
  known_[stored.id] = result;
  return result;
}

void StripBuilder::add(const Unit& unit) {
  kernels::StripInstruction code;
  code.op = unit.strip_op;
  if (unit.operands == Values{unit.out}) {
    // A stored broadcast: read what it addresses.
    const Instr& broadcast = m_.graph.instr(unit.out);
    Addressing a = *addressing_of(std::get<BroadcastInDim>(broadcast.op),
                                  m_.graph.type(broadcast.operands[0]).shape);
    Value source = storage_of(m_.graph, broadcast.operands[0]);
    StripType type = strip_type(broadcast.type.element);
    if (auto number = splat_of(m_.graph, source)) {
      code.a = splat(*number, broadcast.type.element);
    } else {
      code.a =
          argument({.type = type, .divide = a.divide, .period = a.period}, places_.place(source));
    }
  } else {
    int16_t operands[3] = {0, 0, 0};
    for (size_t i = 0; i < unit.operands.size(); ++i) operands[i] = operand(unit.operands[i]);
    code.a = operands[0];
    code.b = operands[1];
    code.c = operands[2];
  }
  if (places_.is_stored(unit.out)) {
    StripArgument full{.type = strip_type(m_.graph.type(unit.out).element)};
    code.dst = argument(full, places_.place(unit.out));
  } else {
    code.dst = static_cast<int16_t>(program_.registers++);
  }
  known_[unit.out.id] = code.dst;
  program_.code.push_back(code);
}

kernels::StripProgram StripBuilder::take_program() {
  share_registers(program_);
  return std::move(program_);
}

}  // namespace pullback::native
