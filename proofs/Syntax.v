(* The IR: element types, every op with its attributes, instructions. The same as src/ir. *)
From Coq Require Import ZArith List Bool PArith.
From Coq.Strings Require Import Byte.
From Pullback Require Import Base.Index.
Import ListNotations.
Open Scope Z_scope.

(* src/tensor/type.h *)
Inductive elt := F32 | F64 | I32 | I1.
Definition is_float (e : elt) : bool := match e with F32 | F64 => true | _ => false end.
Definition elt_eqb (a b : elt) : bool :=
  match a, b with F32, F32 | F64, F64 | I32, I32 | I1, I1 => true | _, _ => false end.
Definition ty := (elt * shape)%type.
Definition ty_eqb (a b : ty) : bool := elt_eqb (fst a) (fst b) && ieqb (snd a) (snd b).
Definition tfloat (t : ty) : bool := is_float (fst t).

(* src/tensor/decimal.h: mantissa * 10^exponent *)
Inductive decimal := Dec (mantissa exponent : Z) | NegZero | PosInf | NegInf | NaN.

(* Axis numbers, sizes, strides, paddings: Z, as in the text. *)
Definition axes := list Z.

Inductive unary_op := Abs | Negate | Exponential | Log | Logistic | Tanh | Sqrt | Rsqrt | Sine | Cosine | Not
| ExponentialMinusOne | LogPlusOne | Cbrt | Tan | Floor | Ceil | RoundNearestAfz | RoundNearestEven | Sign
| Erf | Erfc | Atan | Asin | Acos | Sinh | Cosh | Asinh | Acosh | Atanh
(* activation.h *)
| Swish | Gelu | GeluTanh.
Inductive binary_op := Add | Subtract | Multiply | Divide | Maximum | Minimum | Power | And | Or | Xor | Remainder
| Atan2.
Inductive direction := EQ | NE | GE | GT | LE | LT.
Inductive reduction := RAdd | RMax.

(* src/ir/ops/window.h *)
Record window_dim := Win { w_size : Z; w_stride : Z; w_base : Z; w_dilation : Z; w_low : Z; w_high : Z }.

(* src/ir/ops/convolution.h *)
Record conv_dims := ConvDims {
  c_input_batch : Z; c_input_feature : Z; c_input_spatial : axes;
  c_kernel_input : Z; c_kernel_output : Z; c_kernel_spatial : axes;
  c_output_batch : Z; c_output_feature : Z; c_output_spatial : axes }.
Record conv_window := ConvWin {
  c_stride : Z; c_low : Z; c_high : Z; c_lhs : Z; c_rhs : Z; c_reversal : bool }.
Record conv := Conv { c_dims : conv_dims; c_window : list conv_window; c_features : Z; c_batches : Z }.

(* src/ir/ops/indexing.h *)
Record window_numbers := WindowNumbers {
  n_offset : axes; n_collapsed : axes; n_batching : axes; n_indices_batching : axes; n_map : axes;
  n_vector : Z }.
Inductive scatter_update := UAdd | UReplace.

Inductive op :=
(* unary.h, binary.h, compare.h *)
| Unary (u : unary_op) | Binary (b : binary_op)
| Compare (d : direction) | Select | Convert (to : elt) | IsFinite
(* clamp.h *)
| Clamp
(* create.h *)
| Constant (t : ty) (values : list decimal) | Iota (t : ty) (dimension : Z)
(* shape.h *)
| BroadcastInDim (s : shape) (dims : axes) | Reshape (s : shape) | Transpose (permutation : axes)
| Reverse (dims : axes)
(* slice.h: start, limit, stride; low, high, interior *)
| Slice (start limit strides : list Z) | Pad (low high interior : list Z) | Concatenate (dimension : Z)
(* dynamic.h *)
| DynamicSlice (sizes : shape) | DynamicUpdateSlice
(* indexing.h *)
| Gather (n : window_numbers) (sizes : shape) (sorted : bool)
| Scatter (k : scatter_update) (n : window_numbers) (sorted unique : bool)
(* reduce.h, dot.h, convolution.h, window.h *)
| Reduce (kind : reduction) (dims : axes)
| DotGeneral (lhs_batching rhs_batching lhs_contracting rhs_contracting : axes)
| Convolution (c : conv)
| ReduceWindow (kind : reduction) (w : list window_dim) | SelectAndScatter (w : list window_dim)
(* softmax.h: composites *)
| Softmax (dimension : Z) | LogSoftmax (dimension : Z) | SoftmaxCrossEntropy
(* batch_norm.h: composite *)
| BatchNormTraining (feature : Z) (epsilon : decimal).

(* A value's name, as the text has it. *)
Definition name := list byte.

(* One instruction: result, op, operands, their types, the result's type, the result's name. *)
Record instr := I { res : positive; iop : op; args : list positive; ats : list ty; rty : ty; iname : name }.
Definition prog := list instr.

(* Small functions on axes that op families share (src/ir/ops/axes.h). *)
Definition znth (l : list Z) (n : Z) : Z := nth (Z.to_nat n) l 0.
Definition rank (s : shape) : Z := Z.of_nat (length s).
Definition memz (a : Z) (l : axes) : bool := existsb (Z.eqb a) l.
Fixpoint uniqz (l : axes) : bool := match l with [] => true | a :: l => negb (memz a l) && uniqz l end.
Definition in_range (n : Z) (l : axes) : bool := forallb (fun a => (0 <=? a) && (a <? n)) l.
Definition other_axes (n : Z) (l : axes) : axes := filter (fun a => negb (memz a l)) (zseq n).
Definition pick (D : axes) (i : idx) : idx := map (znth i) D.
Definition numel (s : shape) : Z := fold_right Z.mul 1 s.
Definition ravel (s : shape) (i : idx) : Z := fold_left (fun a p => a * fst p + snd p) (combine s i) 0.
Definition set_axis (i : idx) (a v : Z) : idx := firstn (Z.to_nat a) i ++ v :: skipn (S (Z.to_nat a)) i.
(* the axes in ascending order *)
Fixpoint insertz (a : Z) (l : axes) : axes :=
  match l with [] => [a] | b :: l' => if a <=? b then a :: l else b :: insertz a l' end.
Definition ascending (l : axes) : axes := fold_right insertz [] l.
(* q with q[p[i]] = i *)
Fixpoint indexz (a : Z) (l : axes) : Z :=
  match l with [] => 0 | b :: l => if a =? b then 0 else 1 + indexz a l end.
Definition inverse_permutation (p : axes) : axes := map (fun a => indexz a p) (zseq (Z.of_nat (length p))).
(* extents are not negative *)
Definition shape_ok (s : shape) : bool := forallb (fun d => 0 <=? d) s.

Fixpoint all2 {X Y} (f : X -> Y -> bool) (a : list X) (b : list Y) : bool :=
  match a, b with [], [] => true | x :: a, y :: b => f x y && all2 f a b | _, _ => false end.
Fixpoint all3 {X Y Z} (f : X -> Y -> Z -> bool) (a : list X) (b : list Y) (c : list Z) : bool :=
  match a, b, c with
  | [], [], [] => true
  | x :: a, y :: b, z :: c => f x y z && all3 f a b c
  | _, _, _ => false
  end.

Lemma elt_eqb_eq a b : elt_eqb a b = true <-> a = b.
Proof. destruct a, b; simpl; split; intros; try discriminate; auto. Qed.
Lemma ty_eqb_eq a b : ty_eqb a b = true <-> a = b.
Proof.
  destruct a as [d s], b as [d' s']; unfold ty_eqb; simpl. rewrite andb_true_iff, elt_eqb_eq, ieqb_eq.
  split. intros [-> ->]; auto. intros H; injection H; auto.
Qed.

(* A backward template: a straight line of instructions over a local environment that holds the
   operands, then the result, then the result's cotangent, then what the template itself made. *)
Record tinstr := T { t_op : op; t_args : list nat; t_ats : list ty; t_rty : ty }.
(* For each operand, where in the local environment its contribution is, if it has one. *)
Definition template := (list tinstr * list (option nat))%type.
