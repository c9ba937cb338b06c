#include <sstream>

#include "processes.hpp"

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

static std::string key(const char *kind, int rank) { return std::string(kind) + "/" + std::to_string(rank); }

Presence::Presence(c10::intrusive_ptr<c10d::Store> store, int rank, int size, bool holds_store)
    : asking(store->clone()),
      answering(store->clone()),
      rank(rank),
      size(size),
      holds_store(holds_store) {
  watcher = std::thread([this] { watch(); });
}

Presence::~Presence() {
  {
    std::lock_guard<std::mutex> lock(mutex);
    leaves = true;
  }
  changed.notify_all();
  watcher.join();
  if (asker.joinable()) asker.join();
}

void Presence::watch() {
  try {
    while (!answering->check({"asked"})) {
      if (pause(500ms)) return;
    }
    answering->set(key("here", rank), std::vector<uint8_t>{1});
    while (!answering->check({"lost"})) {
      if (pause(50ms)) return;
    }
    auto bytes = answering->get("lost");
    std::istringstream text(std::string(bytes.begin(), bytes.end()));
    std::vector<int> ranks;
    for (int rank; text >> rank;) ranks.push_back(rank);
    answering->set(key("told", rank), std::vector<uint8_t>{1});
    tell(ranks);
  } catch (...) {
    tell(holder());
  }
}

std::vector<int> Presence::lost() {
  std::call_once(once, [this] {
    asker = std::thread([this] {
      try {
        if (asking->add("askers", 1) == 1) ask();
      } catch (...) {
        tell(holder());
      }
      {
        std::lock_guard<std::mutex> lock(mutex);
        has_asked = true;
      }
      changed.notify_all();
    });
  });
  std::unique_lock<std::mutex> lock(mutex);
  changed.wait_for(lock, verdict ? 0s : 10s, [this] { return has_asked && verdict; });
  if (!verdict) verdict = holder();
  return *verdict;
}

bool Presence::is_stuck() {
  std::lock_guard<std::mutex> lock(mutex);
  return asker.joinable() && !has_asked;
}

// Who is to blame where the store is silent: the process that holds it, if it is another one.
std::vector<int> Presence::holder() const { return holds_store && rank != 0 ? std::vector<int>{0} : std::vector<int>(); }

void Presence::ask() {
  asking->set("asked", std::vector<uint8_t>{1});
  std::vector<int> silent;
  for (int other = 0; other < size; other++) silent.push_back(other);
  auto present = silent;
  for (auto end = Clock::now() + 3s; !silent.empty() && Clock::now() < end; std::this_thread::sleep_for(20ms)) {
    silent = without("here", silent);
  }
  std::string text;
  for (int other : silent) text += std::to_string(other) + " ";
  asking->set("lost", std::vector<uint8_t>(text.begin(), text.end()));
  std::erase_if(present, [&](int other) { return std::ranges::count(silent, other) > 0; });
  // The store may go with this process, so it stays until all know.
  for (auto end = Clock::now() + 2s; !present.empty() && Clock::now() < end; std::this_thread::sleep_for(20ms)) {
    present = without("told", present);
  }
}

void Presence::tell(std::vector<int> ranks) {
  {
    std::lock_guard<std::mutex> lock(mutex);
    if (!verdict) verdict = std::move(ranks);
  }
  changed.notify_all();
}

// Whether this process leaves.
bool Presence::pause(std::chrono::milliseconds time) {
  std::unique_lock<std::mutex> lock(mutex);
  return changed.wait_for(lock, time, [this] { return leaves; });
}

std::vector<int> Presence::without(const char *kind, std::vector<int> ranks) {
  std::erase_if(ranks, [&](int other) { return asking->check({key(kind, other)}); });
  return ranks;
}
