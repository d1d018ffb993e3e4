#include "run/pjrt/key_value.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "base/error.h"
#include "run/pjrt/callbacks.h"

namespace pullback::pjrt {
namespace {

using std::chrono::milliseconds;

TEST(KeyValueStore, is_shared_by_its_clients) {
  StoreServer server(0);
  std::string address = "localhost:" + std::to_string(server.port());
  auto a = connect_store(address, milliseconds(1000)),
       b = connect_store(address, milliseconds(1000));
  a->put("key", std::string("va\0lue", 6));
  EXPECT_EQ(b->get("key", milliseconds(1000)), std::string("va\0lue", 6));
  EXPECT_EQ(server.get("key", milliseconds(0)), std::string("va\0lue", 6));
  server.put("key", "other");
  EXPECT_EQ(a->get("key", milliseconds(0)), "other");
  EXPECT_EQ(a->get("absent", milliseconds(20)), std::nullopt);
}

TEST(KeyValueStore, waits_for_what_comes_later) {
  StoreServer server(0);
  auto client = connect_store("localhost:" + std::to_string(server.port()), milliseconds(1000));
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      EXPECT_EQ(client->get("key" + std::to_string(i), milliseconds(10000)), std::to_string(i));
    });
  }
  for (int i = 0; i < 4; ++i) server.put("key" + std::to_string(i), std::to_string(i));
  for (std::thread& thread : threads) thread.join();
}

TEST(KeyValueStore, that_is_not_served_is_named) {
  EXPECT_THROW(connect_store("nowhere", milliseconds(0)), Error);
  int port;
  std::unique_ptr<KeyValueStore> client;
  {
    StoreServer server(0);
    port = server.port();
    client = connect_store("localhost:" + std::to_string(port), milliseconds(1000));
    EXPECT_THROW(StoreServer{port}, Error);
  }
  EXPECT_THROW(client->get("key", milliseconds(10)), Error);
  try {
    connect_store("localhost:" + std::to_string(port), milliseconds(10));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()),
              "no process of this run answers at localhost:" + std::to_string(port) +
                  "; is process 0 running there?");
  }
}

int last_code = 0;

abi::Error* make_error(int code, const char*, size_t) {
  last_code = code;
  return reinterpret_cast<abi::Error*>(&last_code);
}

// As a plugin uses it.
TEST(Callbacks, reach_the_store) {
  StoreServer server(0);
  abi::ClientCreate create;
  share(server, create);
  abi::MakeError error = make_error;
  abi::KeyValuePut put{.head = {},
                       .key = "key",
                       .key_size = 3,
                       .value = "value",
                       .value_size = 5,
                       .make_error = &error,
                       .user_arg = create.kv_put_user_arg};
  EXPECT_EQ(create.kv_put_callback(&put), nullptr);
  abi::KeyValueGet get{};
  get.key = "key";
  get.key_size = 3;
  get.make_error = &error;
  get.user_arg = create.kv_get_user_arg;
  ASSERT_EQ(create.kv_get_callback(&get), nullptr);
  EXPECT_EQ(std::string(get.value, get.value_size), "value");
  get.delete_value(get.value);
  abi::KeyValueTryGet absent{};
  absent.key = "absent";
  absent.key_size = 6;
  absent.make_error = &error;
  absent.user_arg = create.kv_try_get_user_arg;
  EXPECT_NE(create.kv_try_get_callback(&absent), nullptr);
  EXPECT_EQ(last_code, abi::not_found);
}

}  // namespace
}  // namespace pullback::pjrt
