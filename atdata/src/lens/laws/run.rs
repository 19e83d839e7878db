//! Trying the laws, on samples that are made and on samples that are given.

use proptest::strategy::{BoxedStrategy, Strategy};
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};

use crate::lens::PutLens;
use crate::lens::laws::case::Case;
use crate::lens::laws::{Law, LawError, NoSamples, report, strategy};
use crate::sample::{DictSample, Packable};

/// Any fixed number: the same cases in every run.
const SEED: u64 = 0x00a7_da7a;

pub(super) fn all<L>(lens: &L) -> Result<(), LawError>
where
    L: PutLens<Source: Packable, View: Packable>,
{
    all_of(lens, strategy::of_type::<L::Source>()?, strategy::of_type::<L::View>()?)
}

/// Samples that are given are chosen from; the others are made.
pub(super) fn all_given<L>(lens: &L, sources: Option<&[L::Source]>, views: Option<&[L::View]>) -> Result<(), LawError>
where
    L: PutLens<Source: Packable, View: Packable>,
{
    let views = match (views, strategy::of_type::<L::View>()) {
        (Some(views), _) => strategy::one_of(views)?,
        (None, Ok(made)) => made,
        (None, Err(error)) => {
            let views: Vec<_> = sources.ok_or(error)?.iter().map(|source| lens.get(source)).collect();
            strategy::one_of(&views)?
        }
    };
    let sources = sources.map_or_else(strategy::of_type::<L::Source>, strategy::one_of)?;
    all_of(lens, sources, views)
}

fn all_of<L>(lens: &L, sources: BoxedStrategy<DictSample>, views: BoxedStrategy<DictSample>) -> Result<(), LawError>
where
    L: PutLens<Source: Packable, View: Packable>,
{
    run(lens, Law::GetPut, &sources.clone().prop_map(|source| [source, DictSample::new(), DictSample::new()]))?;
    let pairs = (sources.clone(), views.clone());
    run(lens, Law::PutGet, &pairs.prop_map(|(source, view)| [source, view, DictSample::new()]))?;
    run(lens, Law::PutPut, &(sources, views.clone(), views).prop_map(|(source, first, second)| [source, first, second]))
}

fn run<L>(lens: &L, law: Law, samples: &impl Strategy<Value = [DictSample; 3]>) -> Result<(), LawError>
where
    L: PutLens<Source: Packable, View: Packable>,
{
    let broken = |[source, first, second]: &[DictSample; 3]| {
        with_case::<L, _>(law, source, first, second, |case| case.violation(lens).is_some())
    };
    let outcome = runner().run(samples, |samples| match broken(&samples) {
        Ok(false) => Ok(()),
        Ok(true) => Err(TestCaseError::fail(BROKEN)),
        Err(refused) => Err(TestCaseError::reject(refused.to_string())),
    });
    let (reason, [source, first, second]) = match outcome {
        Ok(()) => return Ok(()),
        Err(TestError::Fail(reason, samples)) => (reason, samples),
        Err(TestError::Abort(reason)) => {
            let type_name = std::any::type_name::<L::Source>();
            return Err(NoSamples { type_name, field: String::new(), reason: reason.to_string() }.into());
        }
    };
    let error = with_case::<L, _>(law, &source, &first, &second, |case| {
        // A lens that panics is not called again.
        if reason.message() != BROKEN {
            return report::panicked(case, reason.message());
        }
        match case.violation(lens) {
            Some(violation) => report::broken(case, &violation),
            None => report::unsteady(case),
        }
    });
    // What the law was broken with was read once already.
    Err(error.unwrap_or_else(|refused| LawError::Broken { law, counterexample: format!("\n{refused}") }))
}

const BROKEN: &str = "the law does not hold";

fn with_case<L, R>(
    law: Law,
    source: &DictSample,
    first: &DictSample,
    second: &DictSample,
    visit: impl FnOnce(&Case<'_, L>) -> R,
) -> crate::error::Result<R>
where
    L: PutLens<Source: Packable, View: Packable>,
{
    let source = &source.to()?;
    Ok(match law {
        Law::GetPut => visit(&Case::GetPut { source }),
        Law::PutGet => visit(&Case::PutGet { view: &first.to()?, source }),
        Law::PutPut => visit(&Case::PutPut { first: &first.to()?, second: &second.to()?, source }),
    })
}

/// The user's environment may change number and seed, as it does for proptest's own macros.
fn config() -> Config {
    let mut config = Config { failure_persistence: None, ..Config::default() };
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(SEED);
    }
    config
}

fn runner() -> TestRunner {
    TestRunner::new(config())
}

pub(super) fn all_on<L>(lens: &L, sources: &[L::Source], views: &[L::View]) -> Result<(), LawError>
where
    L: PutLens<Source: Packable, View: Packable>,
{
    let most = usize::try_from(config().cases).unwrap_or(usize::MAX);
    let one = sources.iter().map(|source| Case::GetPut { source });
    first_broken(lens, one)?;
    let pairs = sources.iter().flat_map(|source| views.iter().map(move |view| Case::PutGet { view, source }));
    first_broken(lens, spread(pairs, sources.len().saturating_mul(views.len()), most))?;
    let triples = sources.iter().flat_map(|source| {
        let firsts = views.iter();
        firsts.flat_map(move |first| views.iter().map(move |second| Case::PutPut { first, second, source }))
    });
    let count = sources.len().saturating_mul(views.len()).saturating_mul(views.len());
    first_broken(lens, spread(triples, count, most))
}

/// At most so many of them, evenly.
fn spread<T>(all: impl Iterator<Item = T>, count: usize, most: usize) -> impl Iterator<Item = T> {
    // A step that is odd does not always meet the same view.
    all.step_by((count / most.max(1)).max(1) | 1)
}

fn first_broken<'a, L>(lens: &L, cases: impl Iterator<Item = Case<'a, L>>) -> Result<(), LawError>
where
    L: PutLens<Source: Packable, View: Packable> + 'a,
{
    for case in cases {
        if let Some(violation) = case.violation(lens) {
            return Err(report::broken(&case, &violation));
        }
    }
    Ok(())
}
