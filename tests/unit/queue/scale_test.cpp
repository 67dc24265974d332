// 100,000 open jobs: a step costs microseconds whatever waits. The bounds are a hundred times what is measured, so that
// only a change of order (a scan) fails them, also under a sanitizer on a busy machine.
#include <chrono>

#include "unit/queue/fixture.hpp"

namespace dirbridge::queue::test {
namespace {

constexpr int jobs = 100'000;

template <class Work>
double microseconds_each(int count, Work&& work) {
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < count; ++i) work(i);
  const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - start;
  return took.count() / count;
}

void fill(JobQueue& queue, int groups) {
  for (int i = 0; i < jobs; ++i) {
    const auto id = std::to_string(i);
    ASSERT_TRUE(queue.enqueue(job(id, add("g" + std::to_string(i % groups), {id}), t0 + 1h)));
  }
}

}  // namespace

TEST(Scale, LeasingOneOfAHundredThousandIsNoScan) {
  for (const int groups : {1, 100, jobs}) {
    JobQueue queue{{.max_open_jobs = jobs}, 1};
    fill(queue, groups);
    Step step;
    const auto each = microseconds_each(1000, [&](int) {
      const auto delivery = queue.lease(ann, directory, 1, t0).at(0);
      queue.report(ann, delivery.job->id, delivery.lease, true, all(proto::Verdict::applied), t0, step);
    });
    EXPECT_LT(each, 1'000) << groups << " groups";
  }
}

TEST(Scale, APollOfADirectoryWhoseGroupsAreAllInBackOffOrElsewhereIsNoScan) {
  JobQueue queue{{.max_open_jobs = jobs}, 1};
  fill(queue, jobs);
  Step step;
  const auto deliveries = queue.lease(ann, directory, jobs, t0);
  ASSERT_EQ(deliveries.size(), static_cast<std::size_t>(jobs));
  for (int i = 0; i < jobs / 2; ++i)
    queue.report(ann, deliveries[i].job->id, deliveries[i].lease, true, all(proto::Verdict::retryable), t0, step);
  const auto each = microseconds_each(1000, [&](int) {
    EXPECT_FALSE(queue.has_work(bob, directory, t0));
    EXPECT_TRUE(queue.lease(bob, directory, 1, t0).empty());
  });
  EXPECT_LT(each, 500);
}

TEST(Scale, JoiningLooksBackABoundedWay) {
  JobQueue queue{{.max_open_jobs = jobs}, 1};
  fill(queue, 1);
  const auto unknown = add("g0", {"nobody"});
  EXPECT_LT(microseconds_each(100, [&](int) { queue.find_joinable(directory, "00Tprincipal", *unknown); }), 10'000);
}

}  // namespace dirbridge::queue::test
