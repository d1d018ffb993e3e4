(* Every instruction as StableHLO writes it: src/print/stablehlo.cpp, function by function. *)
From Coq.Strings Require Import Byte.
From Coq Require Import ZArith List Bool PArith FMapPositive.
From Pullback Require Import Base.Index Syntax Print.Bytes Print.Type Print.Name.
Import ListNotations.
Open Scope Z_scope.

(* The printed names of the values. *)
Definition names := PositiveMap.t name.
Definition print_value (m : names) (v : positive) : text :=
  match PositiveMap.find v m with Some n => raw n | None => empty_text end.
Definition print_values (m : names) (l : list positive) : text := sep ", " (print_value m) l.

Definition unary_name (u : unary_op) : literal :=
  match u with
  | Abs => "abs" | Negate => "negate" | Exponential => "exponential" | Log => "log"
  | Logistic => "logistic" | Tanh => "tanh" | Sqrt => "sqrt" | Rsqrt => "rsqrt"
  | Sine => "sine" | Cosine => "cosine" | Not => "not"
  | ExponentialMinusOne => "exponential_minus_one" | LogPlusOne => "log_plus_one"
  | Cbrt => "cbrt" | Tan => "tan" | Floor => "floor" | Ceil => "ceil"
  | RoundNearestAfz => "round_nearest_afz" | RoundNearestEven => "round_nearest_even" | Sign => "sign"
  | Erf => "erf" | Erfc => "erfc" | Atan => "atan" | Asin => "asin" | Acos => "acos"
  | Sinh => "sinh" | Cosh => "cosh" | Asinh => "asinh" | Acosh => "acosh" | Atanh => "atanh"
  | Swish => "swish" | Gelu => "gelu" | GeluTanh => "gelu_tanh"
  end.
(* Those of the dialect chlo, which prints operand and result type. *)
Definition is_chlo (u : unary_op) : bool :=
  match u with Erf | Erfc | Atan | Asin | Acos | Sinh | Cosh | Asinh | Acosh | Atanh => true | _ => false end.
Definition binary_name (b : binary_op) : literal :=
  match b with
  | Add => "add" | Subtract => "subtract" | Multiply => "multiply" | Divide => "divide"
  | Maximum => "maximum" | Minimum => "minimum" | Power => "power" | And => "and" | Or => "or"
  | Xor => "xor" | Remainder => "remainder" | Atan2 => "atan2"
  end.
Definition direction_name (d : direction) : literal :=
  match d with EQ => "EQ" | NE => "NE" | GE => "GE" | GT => "GT" | LE => "LE" | LT => "LT" end.
Definition compare_type (e : elt) : literal :=
  match e with F32 | F64 => "FLOAT" | I32 => "SIGNED" | I1 => "UNSIGNED" end.
Definition reduction_name (r : reduction) : literal := match r with RAdd => "add" | RMax => "maximum" end.
Definition bool_name (b : bool) : literal := if b then "true" else "false".

(* A reduction's initial value is its identity, a constant at the head of the function. *)
Definition identity_name (r : reduction) (e : elt) : text :=
  str (match r with RAdd => "%$add." | RMax => "%$max." end) & print_elt e.
Definition identity_value (r : reduction) (e : elt) : decimal :=
  match r, e with
  | RAdd, _ | RMax, I1 => Dec 0 0
  | RMax, I32 => Dec (-2147483648) 0
  | RMax, _ => NegInf
  end.
Definition identity_line (r : reduction) (e : elt) : text :=
  str "    " & identity_name r e & str " = stablehlo.constant " & print_dense (e, []) [identity_value r e]
  & str " : " & print_type (e, []) & str "
".

Section Instruction.
  Variable m : names.
  Variable i : instr.
  Let operands : text := print_values m (args i).
  Let operand (k : nat) : text := print_value m (nth k (args i) 1%positive).
  Let element : elt := fst (rty i).
  Let scalar : text := print_type (element, []).
  (* " : (operand types) -> result type" *)
  Let signature_and (more : text) : text :=
    str " : (" & print_types (ats i) & more & str ") -> " & print_type (rty i).
  Let signature : text := signature_and empty_text.
  Let identity_signature : text := signature_and (str ", " & scalar).
  Let of_type : text := str " : " & print_type (rty i).

  (* "1:4:2"; a stride of 1 is left out *)
  Definition print_range (r : Z * Z * Z) : text :=
    let '(start, limit, stride) := r in
    number start & str ":" & number limit & (if stride =? 1 then empty_text else str ":" & number stride).

  (* The role of each axis of one tensor: "[b, 0, 1, f]" (dimension_numbers) *)
  Definition print_roles (first : Z) (first_role : literal) (second : Z) (second_role : literal)
    (spatial : axes) : text :=
    bracketed (fun a => if a =? first then str first_role
                        else if a =? second then str second_role else number (indexz a spatial))
      (zseq (2 + Z.of_nat (length spatial))).
  Definition print_conv_dims (d : conv_dims) : text :=
    print_roles (c_input_batch d) "b" (c_input_feature d) "f" (c_input_spatial d) & str "x"
    & print_roles (c_kernel_input d) "i" (c_kernel_output d) "o" (c_kernel_spatial d) & str "->"
    & print_roles (c_output_batch d) "b" (c_output_feature d) "f" (c_output_spatial d).

  Definition print_pair (p : Z * Z) : text := number_list [fst p; snd p].
  Definition print_convolution (c : conv) : text :=
    let each := fun f => number_list (map f (c_window c)) in
    str "stablehlo.convolution(" & operands & str ") dim_numbers = " & print_conv_dims (c_dims c)
    & str ", window = {stride = " & each c_stride
    & str ", pad = " & bracketed (fun w => print_pair (c_low w, c_high w)) (c_window c)
    & str ", lhs_dilate = " & each c_lhs & str ", rhs_dilate = " & each c_rhs
    & str ", reverse = " & bracketed (fun w => str (bool_name (c_reversal w))) (c_window c)
    & str "} {batch_group_count = " & number (c_batches c)
    & str " : i64, feature_group_count = " & number (c_features c) & str " : i64}" & signature.

  (* "array<i64: 1, 2>"; of nothing, "array<i64>" *)
  Definition print_integers (l : list Z) : text :=
    match l with [] => str "array<i64>" | _ => str "array<i64: " & numbers l & str ">" end.
  Definition print_array (f : window_dim -> Z) (w : list window_dim) : text := print_integers (map f w).
  Definition print_padding (w : list window_dim) : text :=
    str "padding = dense<"
    & match w with
      | [] => empty_text
      | _ => bracketed (fun d => print_pair (w_low d, w_high d)) w
      end
    & str "> : tensor<" & number (Z.of_nat (length w)) & str "x2xi64>".
  Definition print_region (body result : text) : text :=
    str "    ^bb0(%$x: " & scalar & str ", %$y: " & scalar & str "):
      %$z = " & body & str "
      stablehlo.return %$z : " & result & str "
    }".
  Definition print_reduce_window (r : reduction) (w : list window_dim) : text :=
    str """stablehlo.reduce_window""(" & operand 0 & str ", " & identity_name r element
    & str ") <{base_dilations = " & print_array w_base w & str ", " & print_padding w
    & str ", window_dilations = " & print_array w_dilation w
    & str ", window_dimensions = " & print_array w_size w
    & str ", window_strides = " & print_array w_stride w & str "}> ({
"   & print_region (str "stablehlo." & str (reduction_name r) & str " %$x, %$y : " & scalar) scalar
    & str ")" & identity_signature.
  Definition print_select_and_scatter (w : list window_dim) : text :=
    str """stablehlo.select_and_scatter""(" & operands & str ", " & identity_name RAdd element
    & str ") <{" & print_padding w & str ", window_dimensions = " & print_array w_size w
    & str ", window_strides = " & print_array w_stride w & str "}> ({
"   & print_region (str "stablehlo.compare GE, %$x, %$y, " & str (compare_type element) & str " : (" & scalar
                    & str ", " & scalar & str ") -> tensor<i1>") (str "tensor<i1>")
    & str ", {
"   & print_region (str "stablehlo.add %$x, %$y : " & scalar) scalar & str ")" & identity_signature.

  (* "name = [1, 2]", what is not empty or 0; of window numbers, in gather's words or in scatter's *)
  Definition print_field (name : literal) (l : axes) : list text :=
    match l with [] => [] | _ => [str name & str " = " & number_list l] end.
  Definition print_numbers (offset collapsed batching indices_batching map : literal) (n : window_numbers)
    : text :=
    sep ", " (fun t : text => t)
      (print_field offset (n_offset n) ++ print_field collapsed (n_collapsed n)
       ++ print_field batching (n_batching n) ++ print_field indices_batching (n_indices_batching n)
       ++ print_field map (n_map n)
       ++ (if n_vector n =? 0 then [] else [str "index_vector_dim = " & number (n_vector n)])).
  Definition print_flag (b : bool) : text := str (bool_name b).
  Definition print_gather (n : window_numbers) (sizes : shape) (sorted : bool) : text :=
    str """stablehlo.gather""(" & operands & str ") <{dimension_numbers = #stablehlo.gather<"
    & print_numbers "offset_dims" "collapsed_slice_dims" "operand_batching_dims" "start_indices_batching_dims"
        "start_index_map" n
    & str ">, indices_are_sorted = " & print_flag sorted & str ", slice_sizes = " & print_integers sizes
    & str "}>" & signature.
  Definition print_scatter (k : scatter_update) (n : window_numbers) (sorted unique : bool) : text :=
    str """stablehlo.scatter""(" & operands & str ") <{indices_are_sorted = " & print_flag sorted
    & str ", scatter_dimension_numbers = #stablehlo.scatter<"
    & print_numbers "update_window_dims" "inserted_window_dims" "input_batching_dims"
        "scatter_indices_batching_dims" "scatter_dims_to_operand_dims" n
    & str ">, unique_indices = " & print_flag unique & str "}> ({
"   & match k with
      | UAdd => print_region (str "stablehlo.add %$x, %$y : " & scalar) scalar
      | UReplace => str "    ^bb0(%$x: " & scalar & str ", %$y: " & scalar & str "):
      stablehlo.return %$y : " & scalar & str "
    }"
      end
    & str ")" & signature.

  Definition print_op : text :=
    match iop i with
    | Unary u =>
        str (if is_chlo u then "chlo." else "stablehlo.") & str (unary_name u) & str " " & operands & of_type
        & if is_chlo u then str " -> " & print_type (rty i) else empty_text
    | Binary b => str "stablehlo." & str (binary_name b) & str " " & operands & of_type
    | Compare d =>
        str "stablehlo.compare " & str (direction_name d) & str ", " & operands & str ", "
        & str (compare_type (fst (nth 0 (ats i) (F32, [])))) & signature
    | Select =>
        str "stablehlo.select " & operands & str " : " & print_types (firstn 1 (ats i)) & str ", "
        & print_type (rty i)
    | Convert _ => str "stablehlo.convert " & operands & signature
    | IsFinite => str "stablehlo.is_finite " & operands & signature
    | Clamp => str "stablehlo.clamp " & operands & signature
    | Constant _ v => str "stablehlo.constant " & print_dense (rty i) v & of_type
    | Iota _ d => str "stablehlo.iota dim = " & number d & of_type
    | BroadcastInDim _ d =>
        str "stablehlo.broadcast_in_dim " & operands & str ", dims = " & number_list d & signature
    | Reshape _ => str "stablehlo.reshape " & operands & signature
    | Transpose p => str "stablehlo.transpose " & operands & str ", dims = " & number_list p & signature
    | Reverse d => str "stablehlo.reverse " & operands & str ", dims = " & number_list d & of_type
    | Slice b l s =>
        str "stablehlo.slice " & operands & str " " & bracketed print_range (combine (combine b l) s)
        & signature
    | Pad l h n =>
        str "stablehlo.pad " & operands & str ", low = " & number_list l & str ", high = " & number_list h
        & str ", interior = " & number_list n & signature
    | Concatenate d => str "stablehlo.concatenate " & operands & str ", dim = " & number d & signature
    | DynamicSlice n =>
        str "stablehlo.dynamic_slice " & operands & str ", sizes = " & number_list n & signature
    | DynamicUpdateSlice => str "stablehlo.dynamic_update_slice " & operands & signature
    | Gather n s o => print_gather n s o
    | Scatter k n o u => print_scatter k n o u
    | Reduce r d =>
        str "stablehlo.reduce(" & operand 0 & str " init: " & identity_name r element
        & str ") applies stablehlo." & str (reduction_name r) & str " across dimensions = " & number_list d
        & identity_signature
    | DotGeneral lb rb lc rc =>
        str "stablehlo.dot_general " & operands
        & match lb with
          | [] => empty_text
          | _ => str ", batching_dims = " & number_list lb & str " x " & number_list rb
          end
        & str ", contracting_dims = " & number_list lc & str " x " & number_list rc & signature
    | Convolution c => print_convolution c
    | ReduceWindow r w => print_reduce_window r w
    | SelectAndScatter w => print_select_and_scatter w
    | Softmax _ | LogSoftmax _ | SoftmaxCrossEntropy | BatchNormTraining _ _ => empty_text
    end.
  Definition print_instr : text :=
    str "    " & print_value m (res i) & str " = " & print_op & str "
".
End Instruction.

(* What has a text: StableHLO has no composites. *)
Definition op_printable (i : instr) : bool :=
  match iop i with
  | Softmax _ | LogSoftmax _ | SoftmaxCrossEntropy | BatchNormTraining _ _ => false
  | Constant _ v => values_ok (rty i) v
  | _ => true
  end.
