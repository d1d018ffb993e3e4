#include "tests/data/pictures.h"

#include <cstdio>
// libjpeg's header needs <cstdio> before it.
#include <jpeglib.h>
#include <zlib.h>

#include <cstdlib>

#include "base/check.h"

namespace pullback::test {

Picture gradient(int64_t height, int64_t width) {
  Picture picture(height, width, 3);
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      uint8_t* p = picture.at(y, x);
      p[0] = static_cast<uint8_t>(40 + 150 * y / height);
      p[1] = static_cast<uint8_t>(30 + 180 * x / width);
      p[2] = static_cast<uint8_t>(200 - 100 * (x + y) / (height + width));
    }
  }
  return picture;
}

std::string encode_jpeg(const Picture& picture, const JpegKind& kind) {
  jpeg_compress_struct info{};
  jpeg_error_mgr errors{};
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &bytes, &size);
  info.image_width = static_cast<JDIMENSION>(picture.width);
  info.image_height = static_cast<JDIMENSION>(picture.height);
  info.input_components = kind.components;
  info.in_color_space = kind.components == 1   ? JCS_GRAYSCALE
                        : kind.components == 3 ? JCS_RGB
                                               : JCS_CMYK;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, 100, TRUE);
  for (int c = 0; c < info.num_components; ++c) {
    info.comp_info[c].h_samp_factor = info.comp_info[c].v_samp_factor = 1;
  }
  if (kind.progressive) jpeg_simple_progression(&info);
  if (kind.components == 4) info.write_Adobe_marker = kind.adobe ? TRUE : FALSE;
  jpeg_start_compress(&info, TRUE);
  std::vector<uint8_t> row(static_cast<size_t>(picture.width * kind.components));
  for (int64_t y = 0; y < picture.height; ++y) {
    for (int64_t x = 0; x < picture.width; ++x) {
      const uint8_t* p = picture.view().at(y, x);
      uint8_t* target = row.data() + x * kind.components;
      for (int c = 0; c < kind.components; ++c) {
        uint8_t light = c < 3 ? p[c] : 255;
        target[c] = kind.components == 4 && !kind.adobe ? static_cast<uint8_t>(255 - light) : light;
      }
    }
    JSAMPROW rows[] = {row.data()};
    jpeg_write_scanlines(&info, rows, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  std::string result(reinterpret_cast<char*>(bytes), size);
  std::free(bytes);
  return result;
}

namespace {

std::string padded(std::string bytes) {
  bytes.resize((bytes.size() + 511) / 512 * 512, '\0');
  return bytes;
}

std::string member(const std::string& path, char type, const std::string& content) {
  std::string header(512, '\0');
  auto put = [&](size_t at, const std::string& text) { header.replace(at, text.size(), text); };
  char octal[16];
  std::snprintf(octal, sizeof octal, "%011zo", content.size());
  put(0, path.substr(0, 100));
  put(100, "0000644");
  put(124, octal);
  header[156] = type;
  put(257, std::string("ustar\0", 6) + "00");
  put(148, "        ");
  unsigned sum = 0;
  for (char c : header) sum += static_cast<unsigned char>(c);
  std::snprintf(octal, sizeof octal, "%06o", sum);
  put(148, std::string(octal) + '\0' + ' ');
  return header + padded(content);
}

}  // namespace

std::string make_tar(const std::vector<std::pair<std::string, std::string>>& members) {
  std::string tar;
  for (const auto& [path, content] : members) {
    if (path.starts_with("pax:")) {
      std::string record = " path=" + path.substr(4) + "\n";
      std::string length = std::to_string(record.size() + 2);
      if (length.size() == 3) length = std::to_string(record.size() + 3);
      tar += member("PaxHeaders/x", 'x', length + record) + member("short", '0', content);
      continue;
    }
    if (path.size() > 100) tar += member("././@LongLink", 'L', path + '\0');
    tar += member(path, path.back() == '/' ? '5' : '0', content);
  }
  return tar + std::string(1024, '\0');
}

std::string gzipped(const std::string& bytes) {
  z_stream stream{};
  PULLBACK_CHECK(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK, "");
  std::string result(deflateBound(&stream, bytes.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  PULLBACK_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END, "");
  result.resize(stream.total_out);
  deflateEnd(&stream);
  return result;
}

}  // namespace pullback::test
