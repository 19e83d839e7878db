//! The compiler gives up on constants that take too many steps, also where no field is where it is in the source.
#![recursion_limit = "256"]

use atdata::{Dataset, Packable};

macro_rules! wide {
    ($($field:ident)*) => {
        #[derive(Packable, Clone, Debug, PartialEq)]
        #[packable(rename_all = "camelCase")]
        struct Source {
            $($field: i64,)*
        }

        #[derive(Packable, Clone, Debug, PartialEq)]
        #[packable(view_of = Source)]
        struct View {
            $($field: i64,)*
        }

        #[derive(Packable, Clone, Debug, PartialEq)]
        #[packable(rename_all = "camelCase")]
        struct Same {
            $($field: i64,)*
        }

        reversed! { [$($field)*] }
    };
}

macro_rules! reversed {
    ([$first:ident $($rest:ident)*] $($done:ident)*) => {
        reversed! { [$($rest)*] $first $($done)* }
    };
    ([] $($field:ident)*) => {
        #[derive(Packable, Clone, Debug, PartialEq)]
        #[packable(view_of = Source)]
        struct Backwards {
            $($field: i64,)*
        }

        #[derive(Packable, Clone, Debug, PartialEq)]
        #[packable(rename_all = "camelCase")]
        struct SameBackwards {
            $($field: i64,)*
        }
    };
}

wide! {
    measurement_of_channel_000 measurement_of_channel_001 measurement_of_channel_002 measurement_of_channel_003
    measurement_of_channel_004 measurement_of_channel_005 measurement_of_channel_006 measurement_of_channel_007
    measurement_of_channel_008 measurement_of_channel_009 measurement_of_channel_010 measurement_of_channel_011
    measurement_of_channel_012 measurement_of_channel_013 measurement_of_channel_014 measurement_of_channel_015
    measurement_of_channel_016 measurement_of_channel_017 measurement_of_channel_018 measurement_of_channel_019
    measurement_of_channel_020 measurement_of_channel_021 measurement_of_channel_022 measurement_of_channel_023
    measurement_of_channel_024 measurement_of_channel_025 measurement_of_channel_026 measurement_of_channel_027
    measurement_of_channel_028 measurement_of_channel_029 measurement_of_channel_030 measurement_of_channel_031
    measurement_of_channel_032 measurement_of_channel_033 measurement_of_channel_034 measurement_of_channel_035
    measurement_of_channel_036 measurement_of_channel_037 measurement_of_channel_038 measurement_of_channel_039
    measurement_of_channel_040 measurement_of_channel_041 measurement_of_channel_042 measurement_of_channel_043
    measurement_of_channel_044 measurement_of_channel_045 measurement_of_channel_046 measurement_of_channel_047
    measurement_of_channel_048 measurement_of_channel_049 measurement_of_channel_050 measurement_of_channel_051
    measurement_of_channel_052 measurement_of_channel_053 measurement_of_channel_054 measurement_of_channel_055
    measurement_of_channel_056 measurement_of_channel_057 measurement_of_channel_058 measurement_of_channel_059
    measurement_of_channel_060 measurement_of_channel_061 measurement_of_channel_062 measurement_of_channel_063
    measurement_of_channel_064 measurement_of_channel_065 measurement_of_channel_066 measurement_of_channel_067
    measurement_of_channel_068 measurement_of_channel_069 measurement_of_channel_070 measurement_of_channel_071
    measurement_of_channel_072 measurement_of_channel_073 measurement_of_channel_074 measurement_of_channel_075
    measurement_of_channel_076 measurement_of_channel_077 measurement_of_channel_078 measurement_of_channel_079
    measurement_of_channel_080 measurement_of_channel_081 measurement_of_channel_082 measurement_of_channel_083
    measurement_of_channel_084 measurement_of_channel_085 measurement_of_channel_086 measurement_of_channel_087
    measurement_of_channel_088 measurement_of_channel_089 measurement_of_channel_090 measurement_of_channel_091
    measurement_of_channel_092 measurement_of_channel_093 measurement_of_channel_094 measurement_of_channel_095
    measurement_of_channel_096 measurement_of_channel_097 measurement_of_channel_098 measurement_of_channel_099
    measurement_of_channel_100 measurement_of_channel_101 measurement_of_channel_102 measurement_of_channel_103
    measurement_of_channel_104 measurement_of_channel_105 measurement_of_channel_106 measurement_of_channel_107
    measurement_of_channel_108 measurement_of_channel_109 measurement_of_channel_110 measurement_of_channel_111
    measurement_of_channel_112 measurement_of_channel_113 measurement_of_channel_114 measurement_of_channel_115
    measurement_of_channel_116 measurement_of_channel_117 measurement_of_channel_118 measurement_of_channel_119
    measurement_of_channel_120 measurement_of_channel_121 measurement_of_channel_122 measurement_of_channel_123
    measurement_of_channel_124 measurement_of_channel_125 measurement_of_channel_126 measurement_of_channel_127
    measurement_of_channel_128 measurement_of_channel_129 measurement_of_channel_130 measurement_of_channel_131
    measurement_of_channel_132 measurement_of_channel_133 measurement_of_channel_134 measurement_of_channel_135
    measurement_of_channel_136 measurement_of_channel_137 measurement_of_channel_138 measurement_of_channel_139
    measurement_of_channel_140 measurement_of_channel_141 measurement_of_channel_142 measurement_of_channel_143
    measurement_of_channel_144 measurement_of_channel_145 measurement_of_channel_146 measurement_of_channel_147
    measurement_of_channel_148 measurement_of_channel_149 measurement_of_channel_150 measurement_of_channel_151
    measurement_of_channel_152 measurement_of_channel_153 measurement_of_channel_154 measurement_of_channel_155
    measurement_of_channel_156 measurement_of_channel_157 measurement_of_channel_158 measurement_of_channel_159
    measurement_of_channel_160 measurement_of_channel_161 measurement_of_channel_162 measurement_of_channel_163
    measurement_of_channel_164 measurement_of_channel_165 measurement_of_channel_166 measurement_of_channel_167
    measurement_of_channel_168 measurement_of_channel_169 measurement_of_channel_170 measurement_of_channel_171
    measurement_of_channel_172 measurement_of_channel_173 measurement_of_channel_174 measurement_of_channel_175
    measurement_of_channel_176 measurement_of_channel_177 measurement_of_channel_178 measurement_of_channel_179
    measurement_of_channel_180 measurement_of_channel_181 measurement_of_channel_182 measurement_of_channel_183
    measurement_of_channel_184 measurement_of_channel_185 measurement_of_channel_186 measurement_of_channel_187
    measurement_of_channel_188 measurement_of_channel_189 measurement_of_channel_190 measurement_of_channel_191
    measurement_of_channel_192 measurement_of_channel_193 measurement_of_channel_194 measurement_of_channel_195
    measurement_of_channel_196 measurement_of_channel_197 measurement_of_channel_198 measurement_of_channel_199
}

fn main() {
    let Ok(sources) = Dataset::<Source>::open("no such shard.tar") else { return };
    let _ = (sources.as_type::<View>(), sources.project::<Same>());
    let _ = (sources.as_type::<Backwards>(), sources.project::<SameBackwards>());
}
