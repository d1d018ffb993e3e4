#include "data/jpeg.h"

#include <csetjmp>
#include <cstdio>
// libjpeg's header needs <cstdio> before it.
#include <jerror.h>
#include <jpeglib.h>

#include <utility>

#include "base/error.h"

namespace pullback {

namespace {

/// What libjpeg says goes here; an error jumps back to the decoder.
struct Messages {
  jpeg_error_mgr base;  ///< first: libjpeg knows the address of this alone
  jmp_buf jump;
  char text[JMSG_LENGTH_MAX] = "";
};

Messages& messages_of(j_common_ptr info) { return *reinterpret_cast<Messages*>(info->err); }

[[noreturn]] void on_error(j_common_ptr info) {
  Messages& messages = messages_of(info);
  info->err->format_message(info, messages.text);
  longjmp(messages.jump, 1);
}

/// Warnings after which every pixel is still there.
bool harmless(int code) {
  return code == JWRN_EXTRANEOUS_DATA || code == JWRN_ADOBE_XFORM || code == JWRN_JFIF_MAJOR ||
         code == JWRN_BOGUS_PROGRESSION || code == JWRN_BOGUS_ICC;
}

/// A negative level is a warning: libjpeg makes pixels up and goes on, which we do not.
void on_message(j_common_ptr info, int level) {
  if (level < 0 && !harmless(info->err->msg_code)) on_error(info);
}

struct Decoder {
  explicit Decoder(int64_t wanted) : channels(wanted) {
    info.err = jpeg_std_error(&messages.base);
    messages.base.error_exit = on_error;
    messages.base.emit_message = on_message;
  }
  ~Decoder() { jpeg_destroy_decompress(&info); }

  jpeg_decompress_struct info{};
  Messages messages{};
  int64_t channels;  ///< that are wanted
  Picture picture;
  std::vector<uint8_t> ink;  ///< a row of CMYK
};

/// c, m, y, k of a row to r, g, b.
void to_rgb(const uint8_t* ink, bool inverted, int64_t width, uint8_t* rgb) {
  for (int64_t x = 0; x < width; ++x, ink += 4, rgb += 3) {
    for (int c = 0; c < 3; ++c) {
      int paper = inverted ? ink[c] : 255 - ink[c], light = inverted ? ink[3] : 255 - ink[3];
      rgb[c] = static_cast<uint8_t>((paper * light + 127) / 255);
    }
  }
}

void read_rows(Decoder& d, bool cmyk) {
  const int64_t row = d.picture.width * d.picture.channels;
  if (cmyk) d.ink.resize(static_cast<size_t>(d.picture.width) * 4);
  while (d.info.output_scanline < d.info.output_height) {
    uint8_t* target = d.picture.pixels.data() + d.info.output_scanline * row;
    JSAMPROW rows[] = {cmyk ? d.ink.data() : target};
    jpeg_read_scanlines(&d.info, rows, 1);
    if (cmyk) to_rgb(d.ink.data(), d.info.saw_Adobe_marker != 0, d.picture.width, target);
  }
}

/// Returns whether it went well; otherwise messages.text says why. Between setjmp and a jump no
/// object with a destructor may be made in this frame.
bool decode(Decoder& d, std::span<const uint8_t> bytes) {
  if (setjmp(d.messages.jump) != 0) return false;
  jpeg_create_decompress(&d.info);
  jpeg_mem_src(&d.info, bytes.data(), bytes.size());
  jpeg_read_header(&d.info, TRUE);
  if (d.info.image_width > largest_side || d.info.image_height > largest_side) {
    std::snprintf(d.messages.text, sizeof d.messages.text, "it has %u×%u pixels; at most %d×%d",
                  d.info.image_width, d.info.image_height, static_cast<int>(largest_side),
                  static_cast<int>(largest_side));
    return false;
  }
  bool cmyk = d.info.jpeg_color_space == JCS_CMYK || d.info.jpeg_color_space == JCS_YCCK;
  d.info.out_color_space = cmyk ? JCS_CMYK : d.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_start_decompress(&d.info);
  d.picture = Picture(d.info.output_height, d.info.output_width, cmyk ? 3 : d.channels);
  read_rows(d, cmyk);
  jpeg_finish_decompress(&d.info);
  return true;
}

}  // namespace

bool is_jpeg(std::span<const uint8_t> bytes) {
  return bytes.size() > 2 && bytes[0] == 0xff && bytes[1] == 0xd8 && bytes[2] == 0xff;
}

Picture decode_jpeg(std::span<const uint8_t> bytes, int64_t channels, const std::string& name) {
  Decoder d(channels);
  if (!decode(d, bytes)) {
    throw Error("'" + name +
                "' is damaged, cut short or no JPEG picture that can be read: " + d.messages.text);
  }
  return d.picture.channels == channels ? std::move(d.picture) : to_grey(d.picture.view());
}

}  // namespace pullback
